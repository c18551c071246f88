// What a page says of a lot: the twin of web/showing.py.
import { left, remaining } from './countdown.js';

export const FINAL = new Set(['sold', 'passed', 'withdrawn', 'annulled']);

export function headline(lot, terms) {
  if (lot.price === null) return { key: 'price.start', amount: terms.start };
  const keys = { sold: 'price.final', passed: 'price.passed' };
  return { key: keys[lot.state] ?? 'price.current', amount: lot.price };
}

// {key, text, at, ms}: ms is what is still to count, null where nothing runs.
export function clockOf(lot, now) {
  const counting = (key, at) => ({ key, text: remaining(at - now), at, ms: at - now });
  if (lot.state === 'announced') {
    const clock = counting('end.opens_in', lot.opens_at);
    return clock.text === null ? { key: 'end.awaiting', text: null, at: lot.opens_at, ms: null } : clock;
  }
  if (lot.state === 'paused') {
    if (lot.resumes_at) {
      const clock = counting('end.resumes_in', lot.resumes_at);
      return clock.text === null ? { key: 'end.awaiting', text: null, at: lot.resumes_at, ms: null } : clock;
    }
    if (lot.remaining_ms === null) return { key: 'state.paused', text: null, at: null, ms: null };
    return { key: 'end.paused', text: left(lot.remaining_ms), at: null, ms: null };
  }
  if (FINAL.has(lot.state)) return { key: 'end.ended', text: null, at: lot.ends_at, ms: null };
  if (lot.ends_at === null) return { key: 'end.first_bid', text: null, at: null, ms: null };
  const clock = counting('end.in', lot.ends_at);
  return clock.text === null ? { key: 'end.awaiting', text: null, at: lot.ends_at, ms: null } : clock;
}
