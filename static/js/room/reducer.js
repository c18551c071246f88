// How each event changes a lot's view: the mirror of server/outcry/model/view.py.
export function apply(view, event) {
  const moved = { ...view, n: event.n, last: event.at };
  switch (event.t) {
    case 'opened':
      return {
        ...moved, state: 'open', epoch: event.epoch, ends_at: event.ends_at, ask: event.terms.start, opened_at: event.at,
        since: event.at, reserve_met: event.reserve_hash === null ? null : false,
      };
    case 'bid': {
      const later = view.ends_at !== null && event.ends_at > view.ends_at;
      return {
        ...moved, price: event.price, ask: event.ask, leader: event.leader, top: event.n,
        ends_at: event.ends_at, bids: view.bids + 1, extensions: view.extensions + (later ? 1 : 0),
        reserve_met: event.reserve_met,
      };
    }
    case 'extended':
      return { ...moved, ends_at: event.ends_at };
    case 'paused':
      return { ...moved, state: 'paused', ends_at: null, remaining_ms: event.remaining_ms, ground: event.ground };
    case 'resuming':
      return { ...moved, resumes_at: event.resumes_at };
    case 'resumed':
      return {
        ...moved, state: 'open', ends_at: event.ends_at, remaining_ms: null, resumes_at: null, ground: null, since: event.at,
      };
    case 'retracted':
      return {
        ...moved, price: event.price, leader: event.leader, ask: event.ask, reserve_met: event.reserve_met,
        top: event.restored ?? 0,
      };
    case 'adopted':
      return { ...moved, epoch: event.epoch };
    case 'closed':
      return { ...moved, state: event.result, ask: null, reserve: event.reserve };
    case 'withdrawn':
      return {
        ...moved, state: 'withdrawn', ground: event.ground, ask: null, ends_at: null, remaining_ms: null, resumes_at: null,
      };
    default:
      return moved;
  }
}

const SNAPSHOT = [
  'n', 'epoch', 'state', 'price', 'ask', 'leader', 'ends_at', 'remaining_ms', 'resumes_at', 'ground', 'bids', 'registered',
  'extensions', 'reserve_met',
];
const TICK = ['n', 'price', 'ask', 'leader', 'bids', 'ends_at', 'extensions', 'state'];

const taken = (view, frame, names) => Object.assign({ ...view }, Object.fromEntries(names.map((name) => [name, frame[name]])));

export const applySnapshot = (view, frame) => taken(view, frame, SNAPSHOT);
export const applyTick = (view, frame) => taken(view, frame, TICK);
