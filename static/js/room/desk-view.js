// Draws the desk: what can be pressed and why not, the amount in full, where the bidder stands, what became of his bid.
import { put, putMixed } from '../core/dom.js';
import { judge, neighbours, stepsAbove } from '../core/grid.js';
import { capitals } from '../core/capitals.js';
import { exact, short, yuan } from '../core/money.js';
import { FINAL } from '../core/showing.js';
import { clock } from '../core/times.js';
import { language, t } from '../core/words.js';
import { mayMatch } from './may-bid.js';
import { verdictOf } from './verdict.js';

const MOODS = { leading: 'desk.leading', outbid: 'desk.outbid', idle: 'desk.idle', won: 'band.sold_you', over: 'why.closed' };

export function drawMood(element, room, f) {
  const { mood, mine, view } = room;
  element.dataset.mood = mood;
  element.toggleAttribute('data-over', FINAL.has(view.state));
  const ground = mood === 'retracted' ? t(`ground.${mine.retracted}`) : '';
  put(f.mood, ground ? t('desk.retracted', { n: mine.n, ground }) : t(MOODS[mood]));
  put(f.last, mine ? `¥${yuan(mine.amount)} · #${mine.n}` : t('desk.last_none'));
  put(f.now, view.price === null ? '' : t('desk.now', { price: yuan(view.price) }));
}

// The field is written unless somebody is writing in it.
export function drawAmount(f, desk, { view, terms }, force) {
  const { amount, follows } = desk;
  const writing = document.activeElement === f.amount && !follows;
  if (amount !== null && (force || !writing) && f.amount.value !== yuan(amount)) f.amount.value = yuan(amount);
  if (amount === null) {
    put(f.echo, '');
  } else if (follows) {
    put(f.echo, `${t('desk.next')} · ${short(amount, language)}`);
  } else {
    const steps = view.ask === null ? 0 : stepsAbove(amount, view, terms);
    const parts = [`¥${exact(amount)}`, capitals(amount), steps > 0 ? t('desk.steps', { n: steps }) : ''];
    putMixed(f.echo, parts.filter(Boolean).join(' · '));
  }
}

// What keeps this amount from being pressed: {why, choices}; why is null when nothing does.
function hindrance(obstacle, amount, room, ceiling) {
  const { view, terms, lot } = room;
  if (obstacle === 'why.announced') return { why: t(obstacle, { time: clock(lot.opens_at) }), choices: [] };
  if (obstacle) return { why: t(obstacle), choices: [] };
  const judged = judge(amount, view, terms);
  if (judged === 'unread' || judged === 'below' || judged === 'grid') {
    const choices = judged === 'grid' ? neighbours(amount, view, terms) : [];
    return { why: t(`why.${judged}`, { ask: yuan(view.ask) }), choices };
  }
  if (ceiling !== null && amount > ceiling) return { why: t('why.ceiling', { ceiling: yuan(ceiling) }), choices: [] };
  return { why: null, choices: [] };
}

export function drawButton(f, { room, desk, obstacle, ceiling, settling, choose }) {
  const { view } = room;
  const { why, choices } = hindrance(obstacle, desk.amount, room, ceiling);
  const waits = why === null && settling;
  f.press.setAttribute('aria-disabled', String(why !== null || waits));
  f.press.classList.toggle('settling', waits);
  put(f.press, desk.amount === null ? t('desk.next') : t('desk.bid', { amount: yuan(desk.amount) }));
  putMixed(f.why, why ?? t(waits ? 'why.settling' : 'desk.hint'));
  f.why.classList.toggle('hint', why === null);
  f.less.disabled = view.ask === null || desk.follows;
  f.more.disabled = view.ask === null;
  f.match.hidden = view.state !== 'open' || !mayMatch(room.me, view, room.leaderRank);
  if (!f.match.hidden) put(f.match, t('desk.match', { amount: yuan(view.price) }));
  drawChoices(f, choices, choose);
}

function drawChoices({ choices }, amounts, choose) {
  const shown = amounts.join();
  if (choices.dataset.shown === shown) return;
  choices.dataset.shown = shown;
  choices.hidden = !amounts.length;
  choices.replaceChildren(...amounts.map((amount) => {
    const button = document.createElement('button');
    Object.assign(button, { type: 'button', className: 'button', textContent: `¥${yuan(amount)}` });
    button.onclick = () => choose(amount);
    return button;
  }));
}

// remark: {key, kind} of what was not sent, before anything that was. An acceptance that no longer leads is of the past.
export function drawVerdict(f, decision, remark, mood) {
  const said = remark ? { kind: remark.kind, text: t(remark.key) } : decision ? verdictOf(decision, performance.now()) : null;
  const past = said?.kind === 'accepted' && (mood === 'outbid' || mood === 'retracted');
  f.verdict.dataset.kind = past ? 'past' : said?.kind ?? '';
  put(f.verdict, said?.text ?? '');
  f.again.hidden = decision?.state !== 'lost';
}
