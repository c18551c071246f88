// What the room says aloud. Assertive only for what cannot wait: outbid, won, refused, disconnected.
import { cry, say } from '../core/speech.js';
import { yuan } from '../core/money.js';
import { t } from '../core/words.js';

export function giveVoice(room) {
  let stale = false;
  room.addEventListener('outbid', () => {
    cry(t('speak.outbid', { price: yuan(room.view.price), ask: yuan(room.view.ask) }));
    mark('↑');
  });
  room.addEventListener('closed', () => {
    const { view, mood } = room;
    if (mood === 'won') cry(t('speak.won', { price: yuan(view.price) }));
    else say(t('speak.closed', { result: t(`state.${view.state}`) }));
    mark(mood === 'won' ? '✓' : '');
  });
  room.addEventListener('moved', () => {
    const { view, mood } = room;
    if (view.price !== null && view.state === 'open') say(t('price.spoken', { price: yuan(view.price), bids: view.bids }));
    if (view.state === 'paused') say(t('band.paused', { ground: t(`ground.${view.ground}`) }));
    mark({ leading: '✓', outbid: '↑' }[mood] ?? '');
  });
  return {
    render() {
      if (room.stale.stale === stale) return;
      stale = room.stale.stale;
      if (stale) cry(t(room.me.code ? 'speak.disconnected' : 'live.reconnecting'));
    },
  };
}

const title = document.title;

// A bidder sees his state in the tab as well.
function mark(sign) {
  document.title = sign ? `${sign} ${title}` : title;
}
