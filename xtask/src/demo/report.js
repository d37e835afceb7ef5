// One song in several versions: all play together, one is heard, so that a switch keeps the place to the sample or so.
(() => {
  const players = [...document.querySelectorAll('audio[data-group="compare"]')];
  const delivered = [...document.querySelectorAll('audio[data-group="delivered"]')];
  const buttons = [...document.querySelectorAll('[data-switch]')];
  const play = document.querySelector('[data-play]');
  const clock = document.querySelector('[data-clock]');
  let heard = 0;
  // Whether all play together, muted but one; a version's own controls play it alone.
  let together = false;

  const show = () => {
    buttons.forEach((button, k) => button.setAttribute('aria-pressed', String(k === heard)));
    play.textContent = players[heard].paused ? 'Play' : 'Stop';
  };
  const stop = () => {
    together = false;
    players.forEach((player) => player.pause());
    show();
  };
  const start = (at) => {
    together = true;
    delivered.forEach((player) => player.pause());
    players.forEach((player, k) => {
      player.muted = k !== heard;
      player.currentTime = at;
      player.play();
    });
    show();
  };
  const hear = (next) => {
    if (!players[next] || next === heard) return;
    const at = players[heard].currentTime;
    const playing = !players[heard].paused;
    heard = next;
    if (playing && !together) return start(at);
    players.forEach((player, k) => {
      player.muted = k !== heard;
      // Players drift apart by a few milliseconds; more than that would be heard as a jump.
      if (Math.abs(player.currentTime - at) > 0.03) player.currentTime = at;
    });
    show();
  };
  const toggle = () => {
    if (!players[heard].paused) return stop();
    start(players[heard].ended ? 0 : players[heard].currentTime);
  };

  play.addEventListener('click', toggle);
  buttons.forEach((button, k) => button.addEventListener('click', () => hear(k)));
  players.forEach((player, k) => {
    player.addEventListener('play', () => {
      if (!together) {
        players.forEach((other) => { if (other !== player) other.pause(); });
        delivered.forEach((other) => other.pause());
        player.muted = false;
        heard = k;
      }
      show();
    });
    player.addEventListener('pause', () => (together && !player.ended ? stop() : show()));
    player.addEventListener('ended', stop);
    player.addEventListener('timeupdate', () => {
      if (k !== heard) return;
      const t = player.currentTime;
      clock.textContent = `${Math.floor(t / 60)}:${(t % 60).toFixed(1).padStart(4, '0')}`;
    });
  });
  delivered.forEach((player) => player.addEventListener('play', () => {
    stop();
    delivered.forEach((other) => { if (other !== player) other.pause(); });
  }));
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target instanceof HTMLMediaElement) return;
    if (event.key === ' ' && !(event.target instanceof HTMLButtonElement)) { event.preventDefault(); toggle(); }
    const digit = Number(event.key);
    if (digit >= 1 && digit <= players.length) hear(digit - 1);
  });
})();
