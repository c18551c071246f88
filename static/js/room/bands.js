// What the bands above the price say, newest need first: [{kind, title, lines, act}]; act: 'reconnect' or 'reload'.
import { left } from '../core/countdown.js';
import { yuan } from '../core/money.js';
import { clock, moment } from '../core/times.js';
import { language, t } from '../core/words.js';

const LOST = { 4100: ['band.session', 'reload'], 4102: ['band.many', 'reconnect'] };

export function bandsOf(room) {
  const found = [];
  const { view, link, store, notice } = room;
  if (link.state === 'off' && link.code !== 4101) {
    const [key, act] = LOST[link.code] ?? ['band.refused', 'reconnect'];
    found.push({ kind: 'danger', title: t(key, { code: link.code }), lines: [], act });
  } else if (room.stale.stale) found.push({ kind: 'danger', title: t('live.lost'), lines: [] });
  if (store === 'down') found.push({ kind: 'danger', title: t('band.outage'), lines: [] });
  if (notice) found.push(noticed(notice));
  const state = stateBand(room, view);
  if (state) found.push(state);
  return found;
}

function noticed(notice) {
  switch (notice.kind) {
    case 'changed':
      return { kind: 'danger', title: t('band.changed'), lines: [t('band.changed_text')] };
    case 'adopted':
      return { kind: 'note', title: t('band.adopted', { time: clock(notice.at), n: notice.n }), lines: [] };
    case 'session':
    case 'admitted':
      return { kind: 'warn', title: t(`band.${notice.kind}`), lines: [], act: 'reload' };
    default: {
      const key = notice.bids === 0 ? 'live.back_none' : notice.bids === 1 ? 'live.back_one' : 'live.back';
      return { kind: 'note', title: t(key, { bids: notice.bids }), lines: [], passing: true };
    }
  }
}

function stateBand(room, view) {
  const now = room.clock.now();
  switch (view.state) {
    case 'paused':
      return paused(room, view, now);
    case 'open':
      if (view.ends_at === null || now < view.ends_at) return null;
      return { kind: 'note', title: t('band.awaiting'), lines: [] };
    case 'sold': {
      const price = yuan(view.price);
      if (view.leader === room.me.code) {
        return { kind: 'hammer', title: t('band.sold_you'), lines: [t('band.sold_you_text', { price })] };
      }
      return { kind: 'hammer', title: t('band.sold', { price }), lines: [t('band.sold_to', { code: view.leader })] };
    }
    case 'passed': {
      const line = view.bids === 0 ? t('band.passed_none')
        : view.reserve ? t('band.passed_reserve', { reserve: yuan(view.reserve) }) : t('lot.reserve_unmet');
      return { kind: 'hammer', title: t('band.passed'), lines: [line] };
    }
    case 'withdrawn':
    case 'annulled': {
      const ground = view.ground && t(`ground.${view.ground}`);
      const title = ground ? t('band.withdrawn', { ground }) : t(`state.${view.state}`);
      return { kind: 'danger', title, lines: texts(room, 'withdrawn') };
    }
    default:
      return null;
  }
}

function paused(room, view, now) {
  const event = room.ledger.events.findLast(({ t: type }) => type === 'paused');
  const lines = [];
  if (event) lines.push(t('band.paused_at', { time: moment(event.at, now, language) }));
  lines.push(...texts(room, 'paused'));
  lines.push(view.remaining_ms === null ? t('band.paused_text_open') : t('band.paused_text', { left: left(view.remaining_ms) }));
  lines.push(view.resumes_at ? t('band.resumes', { time: moment(view.resumes_at, now, language) }) : t('band.review', { ahead: room.ahead }));
  return { kind: 'warn', title: t('band.paused', { ground: t(`ground.${view.ground}`) }), lines };
}

function texts(room, type) {
  const event = room.ledger.events.findLast((one) => one.t === type);
  const text = event && room.texts.get(event.n);
  return text ? [text] : [];
}
