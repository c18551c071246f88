// A new figure fades a weak accent for 180 ms. Who asked for no motion gets none.
const still = matchMedia('(prefers-reduced-motion: reduce)');

export function freshen(node) {
  if (!still.matches) node.animate({ backgroundColor: ['var(--accent-weak)', 'transparent'] }, { duration: 180, easing: 'ease-out' });
}
