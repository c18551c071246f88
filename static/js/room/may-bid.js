// What stands in the way of a bid, as the key of its sentence; null when nothing does. First what concerns the room, then
// the lot, then the bidder.
export function obstacle({ live, stale, store, view, code, now, pending, selfRaise }) {
  if (stale) return 'why.stale';
  if (!live) return 'why.connecting';
  if (store === 'down') return 'why.store';
  if (view.state === 'announced') return 'why.announced';
  if (view.state === 'paused') return 'why.paused';
  if (view.state !== 'open') return 'why.closed';
  if (view.ends_at !== null && now >= view.ends_at) return 'why.awaiting';
  if (pending) return 'why.pending';
  if (view.leader === code && !selfRaise) return 'why.leading';
  return null;
}

export const maySelfRaise = (terms, view) =>
  terms.self_raise === 'always' || (terms.self_raise === 'reserve_unmet' && view.reserve_met === false);

// A priority purchaser may take the standing price if his rank beats its holder's (0, the ordinary one, loses to every rank).
export function mayMatch({ rank, code }, view, leaderRank) {
  if (!rank || view.price === null || view.leader === code) return false;
  return leaderRank === undefined || leaderRank === 0 || rank < leaderRank;
}
