"""The demo's lots. Every institution and debtor is invented; figures marked † are those of a real, public sale.

Amounts are ``millions("8.42")`` of yuan or exact ``yuan(65_454_900)``. 示例 in a title says "example".
"""

from typing import Final

from .plans import Institution, Plan, millions, words, yuan

HENGDU: Final = Institution(words("Hengdu AMC", "衡渡资产"), "amc")
LANQIAO: Final = Institution(words("Lanqiao AMC", "澜桥资产"), "amc")
LANTING: Final = Institution(words("Lanting Bank", "岚汀银行"), "bank")
YANXI: Final = Institution(words("Yanxi Rural Bank", "砚溪农商行"), "bank")
LINLAN: Final = Institution(words("Linlan Court", "临澜市中级人民法院"), "court")

NO_RECOURSE = words(
    "Sold as it is: the transferor warrants neither the amounts nor that they can be recovered.",
    "按现状转让：转让方不对债权金额及可回收性作出保证。",
)
AS_SEEN = words("Sold as it stands; inspection on site by appointment.", "按现状拍卖，可预约现场看样。")

LOTS: Final = (
    Plan(
        1, words("Qilun Textile and 2 others, claims on 3 debtors (example)", "岐纶纺织等3户债权资产包（示例）"),
        HENGDU, "ZJ", "npl", millions("300"), millions("15"), millions("1"), 300,  # † † †
        robots=("dealer", "dealer"), contested=True, claim=millions("891"), principal=millions("612.4"),  # † claim
        debtors=3, base_date="2023-03-31", notes=(NO_RECOURSE,), first_seconds=28,
    ),
    Plan(
        2, words("Jiuli Machinery and 1 other, claims on 2 debtors (example)", "玖砺机械等2户债权资产包（示例）"),
        LANQIAO, "SC", "npl", millions("2.93"), millions("0.29"), millions("0.01"), 120,  # † † start, deposit
        robots=("anchor", "fumbler"), contested=True, claim=millions("8.42"), principal=millions("5.31"), debtors=2,
        base_date="2024-06-30", notes=(NO_RECOURSE,),  # † base date
    ),
    Plan(
        3, words("Chuansui Food and 3 others, claims on 4 debtors (example)", "川穗食品等4户债权资产包（示例）"),
        HENGDU, "JS", "npl", millions("28.8"), millions("2.88"), millions("0.1"), 120,  # † start
        robots=("anchor", "grinder", "jumper", "sniper"), claim=millions("96.4"), principal=millions("61.7"), debtors=4,
        base_date="2024-12-31", opens_in=30, quiet=0,
        notes=(words("The balance is due within 3 days of the sale.", "余款须在成交后 3 日内付清。"), NO_RECOURSE),  # †
    ),
    Plan(
        4, words("Muke Property and others, package of claims (example)", "沐珂置业等债权资产包（示例）"),
        LANQIAO, "HN", "npl", millions("7.76"), millions("0.77"), millions("0.02"), 480,  # † start
        robots=("anchor", "jumper", "fumbler", "ghost"), claim=millions("24.6"), principal=millions("15.9"),
        base_date="2018-03-20", notes=(NO_RECOURSE,), quiet=2,
    ),
    Plan(
        5, words("Yuheng Mining, bank asset (example)", "榆衡矿业债权（示例）"),
        LANTING, "SN", "bank_asset", millions("5.5"), millions("0.55"), millions("0.01"), 480,  # † start, step
        robots=("anchor", "grinder"), claim=millions("17.3"), principal=millions("11.8"), appraisal=millions("11"),
        debtors=1, base_date="2019-06-30", first_seconds=3, first_robots=("errand", "errand"), opens_in=1.5,
        notes=(
            words("The start is 50 % of the consult price of 11 million.", "起始价为询价结果 1,100 万元的 50%。"),
            words("The buyer's balance is due within 10 days.", "受让方须在 10 日内付清余款。"), NO_RECOURSE,
        ),
    ),
    Plan(
        6, words("Industrial land in Shanxi (example)", "山西某工业用地使用权（示例）"),
        LINLAN, "SX", "land", yuan(65_454_900), millions("3.3"), yuan(50_000), 480,  # † † †
        appraisal=yuan(65_454_900), preset="cn-judicial-2017", reminders=6, first_seconds=3, opens_in=1.5,  # † †
        notes=(
            words(
                "The real sale that lends its figures: nobody registered, 6 asked to be reminded, 3,987 views.",
                "数据所依据的真实拍卖：0 人报名，6 人设置提醒，3,987 次围观。",  # †
            ),
            AS_SEEN,
        ),
    ),
    Plan(
        7, words("Industrial land in Shanxi, second attempt (example)", "山西某工业用地使用权（二拍，示例）"),
        LINLAN, "SX", "land", yuan(52_363_920), millions("2.7"), yuan(50_000), 480,
        appraisal=yuan(65_454_900), preset="cn-judicial-2017", attempt=2, previous="lot-6", opens_in=90,
        notes=(
            words(
                "The first attempt at 65,454,900 passed without a bid; the start is 20 % lower.",
                "一拍起拍价 65,454,900 元，无人出价流拍；本次起拍价下降 20%。",
            ),
            AS_SEEN,
        ),
    ),
    Plan(
        8, words("Factory in Guangdong, let (example)", "广东某厂房（带租约，示例）"),
        LINLAN, "GD", "factory", yuan(11_787_511), yuan(2_357_502), yuan(58_000), 480,  # † † †
        robots=("anchor", "holder", "grinder"), appraisal=yuan(16_839_301), preset="cn-judicial-2017",
        notes=(
            words("The start is 70 % of the appraisal.", "起拍价为评估价的 70%。"),
            words(
                "The tenant is a priority purchaser: he may match the standing price.",
                "承租人为优先购买权人，可同价优先。",
            ),
            AS_SEEN,
        ),
    ),
    Plan(
        9, words("Production machinery, private sale (example)", "生产设备一批（变卖，示例）"),
        LINLAN, "HB", "machinery", millions("5.376"), millions("5.376"), millions("0.02"), 480,
        robots=("anchor", "grinder", "jumper"), appraisal=millions("9.6"), preset="cn-private-sale", attempt=3,
        waits=150,
        notes=(
            words("Two attempts passed, at 6.72 and at 5.376 million.", "一拍 672 万元、二拍 537.6 万元均流拍。"),
            words("The first bid starts the clock.", "首次出价后开始计时。"),
            words(
                "The price is paid in advance; a defaulter forfeits 537,600 of it.",
                "须预缴全部变卖价款；悔拍不予退还部分为 537,600 元。",
            ),
        ),
    ),
    Plan(
        10, words("Jizhou Shipping, claim secured on a ship (example)", "霁洲船舶债权（船舶抵押，示例）"),
        HENGDU, "FJ", "ship", millions("38"), millions("3.8"), millions("0.1"), 300,
        robots=("anchor", "grinder", "jumper", "dealer"), claim=millions("142.6"), principal=millions("98.3"),
        debtors=1, base_date="2024-09-30", reserve=millions("44"), notes=(NO_RECOURSE,),
    ),
    Plan(
        11, words("756 unsecured personal loans (example)", "个人无抵押贷款756笔资产包（示例）"),
        LANTING, "SD", "personal_loans", millions("3.1"), millions("0.31"), millions("0.01"), 120,
        robots=("anchor", "grinder", "fumbler"), claim=millions("77.60"), principal=millions("66.37"),
        base_date="2024-12-31", eligibility="amc_only",
        notes=(
            words(
                "Batches of personal loans go to licensed asset managers only, and may not be sold on.",
                "个人贷款批量转让仅限持牌资产管理公司受让，且不得再次转让。",
            ),
            NO_RECOURSE,
        ),
    ),
    Plan(
        12, words("Qiaoshi Cold Chain, re-auction after default (example)", "峤石冷链债权（重新拍卖，示例）"),
        YANXI, "LN", "npl", millions("16.5"), millions("1.65"), millions("0.05"), 300,
        robots=("anchor", "jumper", "grinder", "sniper"), claim=millions("54.2"), principal=millions("37.5"), debtors=1,
        base_date="2024-06-30", quiet=1,
        notes=(
            words(
                "The buyer of the first sale defaulted: the same attempt, the same start; he may not bid again.",
                "原受让方悔约：次数与起始价不变，原受让方不得再次参加。",
            ),
            NO_RECOURSE,
        ),
    ),
)  # fmt: skip

GUESTS: Final = Plan(
    13, words("Open house: a lot for your own programs (example)", "开放标的：供自编程序竞价（示例）"),
    LANQIAO, "SC", "npl", millions("2.93"), millions("0.29"), millions("0.01"), 900,
    claim=millions("8.42"), principal=millions("5.31"), debtors=2, base_date="2024-06-30", notes=(NO_RECOURSE,),
)  # fmt: skip
"""The lot of ``--bidders``: no robot comes to it."""
