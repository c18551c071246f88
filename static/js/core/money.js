// Figures of money, in fen. The server's twin is web/figures.py.
const UNITS = {
  zh: [[1e10, 4, '亿'], [1e6, 2, '万']],
  en: [[1e8, 3, 'm']],
};

const grouped = (digits) => String(digits).replace(/\B(?=(\d{3})+$)/g, ',');

export function yuan(fen) {
  const rest = fen % 100;
  const whole = grouped((fen - rest) / 100);
  return rest ? `${whole}.${String(rest).padStart(2, '0')}` : whole;
}

export function exact(fen) {
  const rest = fen % 100;
  return `${grouped((fen - rest) / 100)}.${String(rest).padStart(2, '0')}`;
}

export function short(fen, language) {
  for (const [unit, decimals, name] of UNITS[language]) {
    if (fen < unit) continue;
    const scale = 10 ** decimals;
    const grain = unit / scale;
    const scaled = Math.floor((fen + grain / 2) / grain);
    const fraction = String(scaled % scale).padStart(decimals, '0').replace(/0+$/, '');
    return `${grouped(Math.floor(scaled / scale))}${fraction && `.${fraction}`} ${name}`;
  }
  return language === 'zh' ? `${yuan(fen)} 元` : yuan(fen);
}

export function percent(part, whole) {
  const tenths = Number((BigInt(part) * 2000n + BigInt(whole)) / (2n * BigInt(whole)));
  return `${Math.floor(tenths / 10)}.${tenths % 10}%`;
}
