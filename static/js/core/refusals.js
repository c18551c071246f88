// Why the house said no to anything but a bid, in words.
import { has, t } from './words.js';

export function reason({ status, body }) {
  const code = body?.error ?? body?.code ?? (status ? String(status) : 'network');
  return has(`err.${code}`) ? t(`err.${code}`) : t('err.other', { code });
}
