// A bidder's own limit, kept in this browser only.
const key = (lot) => `outcry.ceiling.${lot}`;

export function ceilingOf(lot) {
  try {
    return Number(localStorage.getItem(key(lot))) || null;
  } catch {
    return null;
  }
}

export function setCeiling(lot, fen) {
  try {
    if (fen === null) localStorage.removeItem(key(lot));
    else localStorage.setItem(key(lot), String(fen));
  } catch { /* a browser that keeps nothing */ }
}
