// The last moment at which a press still reaches the house in time, seen from here: the end less the slowest recent round
// trip, the clock's error and a little for the store.
const STORE_MS = 100;

export function safeMoment(endsAt, { trip, error }, slowestBid = 0) {
  if (endsAt === null || trip === null || error === null) return null;
  const before = Math.ceil((Math.max(trip, slowestBid) + error + STORE_MS) / 100) * 100;
  return { at: endsAt - before, before };
}
