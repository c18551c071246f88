// Keeps the sheet above a phone's keyboard where the browser lays the keyboard over the page.
export function keepAboveKeyboard(sheet) {
  const seen = globalThis.visualViewport;
  if (!seen) return;
  const place = () => {
    const covered = Math.max(0, Math.round(innerHeight - seen.height - seen.offsetTop));
    sheet.style.setProperty('--keyboard', `${covered}px`);
  };
  seen.addEventListener('resize', place);
  seen.addEventListener('scroll', place);
}
