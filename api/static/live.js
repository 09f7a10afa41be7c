// Keeps open pages up to date without taking anybody's place: see docs/events.md.
"use strict";

(() => {
  const { reader, name: me } = document.body.dataset;
  const proposal = document.querySelector("[data-live-proposal]");
  const isInbox = document.querySelector('[data-live="proposals"]') !== null || location.pathname === "/";
  const NAME = `learning-loop-live/${reader}`;
  const path = proposal && `/proposals/${proposal.dataset.liveProposal}`;
  const here = location.pathname === path ? path + location.search : path;
  // Such a page looks again by itself without scripts; with them when something happened.
  const settles = document.querySelector("noscript[data-settles]") !== null;
  const KEPT = 200;
  const TOUCH_MS = 20_000;

  // One stream a browser: the tab that holds the lock listens, and passes on what it hears.
  let channel, source, release, retry;
  let position = Number(proposal?.dataset.position ?? -1);
  let isLive = false;
  const recent = [];

  const start = () => {
    if (!navigator.locks || !window.BroadcastChannel) {
      // Without them (plain http) each tab listens for itself while it is looked at.
      document.addEventListener("visibilitychange", () => (document.hidden ? hush() : source ?? listen()));
      if (!document.hidden) listen();
      return;
    }
    channel = new BroadcastChannel(NAME);
    channel.onmessage = (message) => receive(message.data);
    channel.postMessage({ hello: position });
    navigator.locks.request(NAME, () => new Promise((done) => { release = done; listen(); })).catch(() => {});
  };
  const stop = () => {
    hush();
    release?.();
    channel?.close();
    channel = release = undefined;
  };
  const hush = () => {
    clearTimeout(retry);
    source?.close();
    source = undefined;
  };
  const listen = (pause = 2_000) => {
    source = new EventSource(position < 0 ? "/v1/events" : `/v1/events?after=${position}`);
    source.addEventListener("ready", () => { pause = 2_000; tell({ live: true }); });
    source.addEventListener("presence", (message) => tell({ presence: JSON.parse(message.data).proposal_id }));
    source.onmessage = (message) => {
      const event = JSON.parse(message.data);
      position = event.position;
      recent.push(event);
      recent.splice(0, recent.length - KEPT);
      tell({ event });
    };
    source.onerror = () => {
      tell({ live: false });
      if (source?.readyState !== EventSource.CLOSED) return;
      // Refused, which the browser does not try again by itself.
      retry = setTimeout(() => listen(Math.min(2 * pause, 60_000)), pause);
    };
  };
  const tell = (word) => {
    channel?.postMessage(word);
    receive(word);
  };
  const receive = (word) => {
    if ("hello" in word && source) {
      channel?.postMessage({ live: isLive });
      for (const event of recent) if (word.hello >= 0 && event.position > word.hello) channel?.postMessage({ event });
    }
    if ("live" in word) showLive(word.live);
    if ("presence" in word) onPresence(word.presence);
    if ("event" in word) onEvent(word.event);
  };

  // Said only after a while: a server that starts anew is back before anybody minds.
  let late;
  const status = document.createElement("p");
  status.className = "live-status";
  status.setAttribute("role", "status");
  document.body.append(status);
  const showLive = (live) => {
    isLive = live;
    clearTimeout(late);
    if (live) status.textContent = "";
    else late = setTimeout(() => { status.textContent = "Not live: this page shows what was so when it was opened."; }, 8_000);
  };

  const soon = (act, milliseconds) => {
    let timer;
    return () => {
      timer ??= setTimeout(() => { timer = undefined; act(); }, milliseconds);
    };
  };
  // Does something above an element, and leaves the element where it is under somebody's pointer.
  const still = (element, act) => {
    const top = element?.getBoundingClientRect().top;
    act();
    if (element?.isConnected) window.scrollBy({ top: element.getBoundingClientRect().top - top, behavior: "instant" });
  };
  const textOf = (element) => element.textContent.replace(/\s+/g, " ").trim();
  const read = async (path, options) => {
    const answer = await fetch(path, options).catch(() => undefined);
    return answer?.ok && !answer.redirected ? answer : undefined;
  };
  const readPage = async (path, options) => {
    const answer = await read(path, options);
    return answer && new DOMParser().parseFromString(await answer.text(), "text/html");
  };

  // How many wait, beside the inbox's name and in its title.
  const title = document.title;
  const count = async () => {
    const answer = await read("/live/counts");
    if (!answer) return;
    const { waiting } = await answer.json();
    const link = document.querySelector('nav[aria-label="Main"] a[href="/"]');
    if (link) {
      const badge = link.querySelector(".live-count") ?? link.appendChild(Object.assign(document.createElement("span"), { className: "live-count" }));
      badge.textContent = waiting || "";
      badge.setAttribute("aria-label", waiting ? `, ${waiting} waiting` : "");
    }
    if (isInbox) document.title = waiting ? `(${waiting}) ${title}` : title;
  };
  const countSoon = soon(count, 500);

  // The inbox: rows change where they are; what would move others waits for a click.
  let fetched;
  const rowsOf = (list) => new Map([...(list?.querySelectorAll("[data-proposal]") ?? [])].map((row) => [row.dataset.proposal, row]));
  const listIn = (page) => page.querySelector("#proposals");
  const bar = document.createElement("div");
  bar.className = "live-bar";
  bar.setAttribute("role", "status");
  const refresh = async () => {
    const page = await readPage(location.href);
    if (!page) return;
    fetched = page;
    const now = rowsOf(listIn(document));
    const then = rowsOf(listIn(page));
    for (const [id, row] of then) {
      const old = now.get(id);
      if (old && textOf(old) !== textOf(row)) change(old, row.cloneNode(true));
    }
    offer([...then.keys()].filter((id) => !now.has(id)).length, [...now.keys()].filter((id) => !then.has(id)));
  };
  const refreshSoon = soon(() => (document.hidden ? (isStale = true) : refresh()), 400);
  let isStale = false;
  const change = (old, row) => {
    const stops = (element) => [...element.querySelectorAll("a, button, input, select, textarea, summary")];
    const focused = stops(old).indexOf(document.activeElement);
    const ticked = new Set([...old.querySelectorAll("input:checked")].map((input) => input.value));
    old.replaceChildren(...row.childNodes);
    for (const input of old.querySelectorAll("input[type=checkbox]")) input.checked = ticked.has(input.value);
    stops(old)[focused]?.focus({ preventScroll: true });
    old.classList.remove("live-gone");
    old.classList.add("live-changed");
    document.dispatchEvent(new CustomEvent("live:changed"));
  };
  const offer = (fresh, gone) => {
    for (const [id, row] of rowsOf(listIn(document))) row.classList.toggle("live-gone", gone.includes(id));
    const place = listIn(document) ?? document.querySelector("main").lastElementChild;
    if (!bar.isConnected) place.before(bar);
    if (!fresh && !gone.length) return still(place, () => bar.replaceChildren());
    const said = [fresh && `${fresh} new`, gone.length && `${gone.length} no longer here`].filter(Boolean).join(", ");
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: fresh + gone.length === 1 ? "Show it" : "Show them" });
    button.addEventListener("click", show);
    const words = Object.assign(document.createElement("span"), { textContent: said });
    still(place, () => bar.replaceChildren(words, " ", button));
  };
  const show = () => {
    const list = listIn(document);
    const next = fetched && listIn(fetched);
    if (!list || !next) return location.reload();
    const now = rowsOf(list);
    const focused = document.activeElement;
    const anchor = [...now.values()].find((row) => row.getBoundingClientRect().bottom > 0 && rowsOf(next).has(row.dataset.proposal));
    const top = anchor?.getBoundingClientRect().top;
    list.replaceChildren(...[...rowsOf(next)].map(([id, row]) => now.get(id) ?? row));
    for (const part of fetched.querySelectorAll("main h1, [data-live-part]")) {
      const own = part.matches("h1") ? document.querySelector("main h1") : document.querySelector(`[data-live-part="${CSS.escape(part.dataset.livePart)}"]`);
      own?.replaceChildren(...part.childNodes);
    }
    bar.replaceChildren();
    if (anchor) window.scrollBy(0, anchor.getBoundingClientRect().top - top);
    if (focused?.isConnected && focused !== document.body) focused.focus({ preventScroll: true });
    else list.querySelector("a")?.focus({ preventScroll: true });
    document.dispatchEvent(new CustomEvent("live:changed"));
  };

  // A proposal: what happened to it is said at its top; nobody's typing is taken away.
  const news = [];
  const DECIDED = { approve: "approved it", reject: "rejected it", request_changes: "asked for changes" };
  const SAID = {
    proposal_commented: (event, who) => `${who} commented`,
    proposal_decided: (event, who) => `${who} ${DECIDED[event.verdict]}`,
    proposal_assigned: (event, who) => `${who} changed whose it is`,
    proposal_drafted: () => "there is a new draft",
    proposal_opened: () => "it can be decided on",
    proposal_escalated: () => "its deadline has moved it on",
    proposal_parked: () => "nobody decided in time, so it is parked",
    proposal_applied: (event) => `it is live in release ${event.release}`,
    release_made: (event) => `what it changes was changed by something else, in release ${event.release}`,
  };
  const typed = () => [...document.querySelectorAll("main textarea, main input:not([type=hidden], [type=checkbox], [type=radio])")]
    .filter((field) => field.value !== field.defaultValue);
  const keep = () => {
    const texts = typed().filter((field) => field.id).map((field) => [field.id, field.value]);
    if (texts.length) sessionStorage.setItem(`typed:${path}`, JSON.stringify(texts));
  };
  const giveBack = () => {
    const texts = sessionStorage.getItem(`typed:${path}`);
    sessionStorage.removeItem(`typed:${path}`);
    for (const [id, text] of JSON.parse(texts ?? "[]")) {
      const field = document.getElementById(id);
      if (!field?.matches("textarea, input:not([type=hidden])") || field.value !== field.defaultValue) continue;
      field.value = text;
      field.closest("details")?.setAttribute("open", "");
    }
  };
  const look = () => {
    keep();
    // keys.js gives the page that comes the focus, if anything has it.
    if (document.activeElement !== document.body) sessionStorage.setItem("learning-loop-acted", "yes");
    location.assign(here);
  };
  const settle = soon(() => (typed().length ? undefined : look()), 300);
  const announce = (event) => {
    const who = event.by === me ? "you" : event.by;
    const said = SAID[event.kind]?.(event, who) ?? "it changed";
    if (!news.includes(said)) news.push(said);
    const again = Object.assign(document.createElement("a"), { href: here, textContent: "Show it" });
    again.addEventListener("click", (click) => { click.preventDefault(); look(); });
    const words = document.createElement("div");
    words.append(Object.assign(document.createElement("strong"), { textContent: "This changed while you were reading: " }), `${news.join("; ")}. `, again);
    const sign = Object.assign(document.createElement("span"), { className: "sign", textContent: "i" });
    sign.setAttribute("aria-hidden", "true");
    const notice = Object.assign(document.createElement("div"), { className: "notice info live-news" });
    notice.append(sign, words);
    still(proposal.nextElementSibling, () => proposal.replaceChildren(notice));
  };

  // A change of its own is told first as what became of it, at the same position.
  let applied;
  const isNew = (event) => proposal && event.position > Number(proposal.dataset.position);
  const isHere = (event) => isNew(event) && proposal.dataset.liveProposal === event.proposal_id;
  const isItsItem = (event) => isNew(event) && event.item_id && proposal.dataset.item === event.item_id;
  const onEvent = (event) => {
    position = Math.max(position, event.position);
    if (event.kind === "proposal_applied" && isHere(event)) applied = event.position;
    if (event.kind === "release_made" && isItsItem(event) && event.position !== applied) announce(event);
    if (!event.proposal_id) return;
    countSoon();
    if (isInbox) refreshSoon();
    if (!isHere(event)) return;
    if (settles) settle();
    if (!settles || typed().length) announce(event);
  };

  // Who else looks at it.
  const touch = async () => {
    if (document.hidden) return;
    const body = new URLSearchParams({ form_token: proposal.dataset.token });
    const page = await readPage(`${path}/looking`, { method: "POST", body });
    const said = page?.querySelector("#looking");
    const shown = document.querySelector("#looking");
    if (said && shown && textOf(said) !== textOf(shown)) shown.textContent = textOf(said);
  };
  const refreshLater = soon(() => (document.hidden ? (isStale = true) : refresh()), 2_000);
  const onPresence = (id) => {
    if (proposal?.dataset.liveProposal === id) touch();
    if (isInbox && rowsOf(listIn(document)).has(id)) refreshLater();
  };

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    if (proposal) touch();
    if (isInbox && isStale) { isStale = false; refresh(); }
  });
  window.addEventListener("pagehide", () => {
    stop();
    if (proposal) navigator.sendBeacon(`${path}/left`, new URLSearchParams({ form_token: proposal.dataset.token }));
  });
  window.addEventListener("pageshow", (shown) => {
    if (!shown.persisted) return;
    start();
    if (isInbox) refresh();
  });

  if (proposal) {
    giveBack();
    touch();
    setInterval(touch, TOUCH_MS);
    // In case no word comes, as without scripts, but seldom.
    if (settles) setInterval(() => (isLive && document.hidden ? undefined : settle()), 5_000);
  }
  count();
  start();
})();
