// The price as steps: pure geometry. points: [{at, price}], oldest first; box: {width, height}; from, to: ms; low, high: fen.
export function scales({ from, to, low, high }, { width, height }) {
  const span = Math.max(1, to - from);
  const rise = Math.max(1, high - low);
  return {
    x: (at) => Math.round(((at - from) / span) * width * 10) / 10,
    y: (price) => Math.round((height - ((price - low) / rise) * height) * 10) / 10,
  };
}

// At most one step for each pixel column: the last of those that fall into it.
export function stepPath(points, { x, y }, end) {
  if (!points.length) return '';
  const kept = [];
  for (const { at, price } of points) {
    const column = Math.floor(x(at));
    const last = kept.at(-1);
    if (last && Math.floor(last.x) === column && kept.length > 1) kept[kept.length - 1] = { x: last.x, y: y(price) };
    else kept.push({ x: x(at), y: y(price) });
  }
  const [first, ...rest] = kept;
  return `M${first.x} ${first.y}${rest.map((p) => `H${p.x}V${p.y}`).join('')}H${x(end)}`;
}

// Two to five round figures between low and high.
export function ticks(low, high, most = 4) {
  const rise = Math.max(1, high - low);
  const power = 10 ** Math.floor(Math.log10(rise / most));
  const step = [1, 2, 5, 10].map((digit) => digit * power).find((size) => rise / size <= most);
  const found = [];
  for (let at = Math.ceil(low / step) * step; at <= high; at += step) found.push(at);
  return found;
}

const ROUND_MS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400].map((s) => s * 1000);

export function timeTicks(from, to, most = 6) {
  const step = ROUND_MS.find((size) => (to - from) / size <= most) ?? 7 * 86_400_000;
  const found = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) found.push(at);
  return found;
}
