// The grid of valid amounts at a view, as the deciding script sees it.
export function stepAt(terms, price) {
  for (const [below, step] of terms.ladder) {
    if (below === 0 || price < below) return step;
  }
  return terms.increment;
}

export const baseOf = (view, terms) => view.price ?? terms.start;
export const stepOf = (view, terms) => stepAt(terms, baseOf(view, terms));

// The valid amounts on both sides of one that is not.
export function neighbours(amount, view, terms) {
  const base = baseOf(view, terms);
  const step = stepOf(view, terms);
  const below = base + Math.floor((amount - base) / step) * step;
  return [below, below + step].filter((value) => value >= view.ask);
}

export const stepsAbove = (amount, view, terms) => Math.floor((amount - view.ask) / stepOf(view, terms));

// 'unread', 'below', 'grid', 'slip' (valid, but to be confirmed) or 'ok'.
export function judge(amount, view, terms) {
  if (amount === null) return 'unread';
  if (amount < view.ask) return 'below';
  const step = stepOf(view, terms);
  if ((amount - baseOf(view, terms)) % step) return 'grid';
  return amount > view.ask + terms.slip_steps * step ? 'slip' : 'ok';
}
