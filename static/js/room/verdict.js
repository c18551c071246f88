// What became of a bid, in one sentence with its figures: {kind, text, urgent}. Refusals say what was not done.
import { yuan } from '../core/money.js';
import { clock, clockMs } from '../core/times.js';
import { has, t } from '../core/words.js';

const seconds = (ms) => (ms / 1000).toFixed(1);

export function verdictOf(decision, now) {
  switch (decision.state) {
    case 'sent':
      return { kind: 'sent', text: t('bid.sent', { seconds: seconds(now - decision.sentAt) }) };
    case 'unknown':
      return { kind: 'unknown', text: t('bid.unknown', { seconds: seconds(now - decision.sentAt) }) };
    case 'lost':
      return { kind: 'unknown', text: t('bid.lost') };
    case 'accepted':
      return { kind: 'accepted', text: accepted(decision) };
    default:
      return { kind: 'refused', text: refused(decision) };
  }
}

function accepted({ answer, margin, trip }) {
  const values = { n: answer.n, amount: yuan(answer.amount) };
  const text = margin > 0 ? t('bid.accepted_margin', { ...values, seconds: seconds(margin) }) : t('bid.accepted', values);
  return `${text} · ${t('bid.accepted_trip', { ms: Math.round(trip) })}`;
}

export function refused({ code, answer, amount }) {
  const figures = {
    code, amount: yuan(amount),
    time: answer ? clockMs(answer.decided_at) : '',
    price: answer?.price == null ? '' : yuan(answer.price),
    ask: answer?.ask == null ? '' : yuan(answer.ask),
    end: answer?.ends_at == null ? '' : clock(answer.ends_at),
    below: answer?.below == null ? '' : yuan(answer.below),
    above: answer?.above == null ? '' : yuan(answer.above),
    seconds: Math.ceil((answer?.retry_ms ?? 1000) / 1000),
  };
  const key = code === 'below_ask' && answer?.price == null ? 'no.below_ask_first' : `no.${code}`;
  return t(has(key) ? key : 'no.other', figures);
}
