// Refreshes the figures of a page in place: it fetches the same address and
// puts the parts marked data-live where the old ones stand, so that focus,
// scroll position, opened details and whatever is being written stay.
"use strict";
(() => {
  const seconds = Number(document.body.dataset.refresh) || 8;
  const stale = document.getElementById("stale");
  let running = false;

  // A thing is found again in the new part by its id, its link or its place
  // among its kind.
  function keyOf(el, root) {
    if (el.id) return { id: el.id };
    const tag = el.tagName;
    const all = [...root.querySelectorAll(tag)];
    const href = el.getAttribute("href");
    if (href !== null) {
      const same = all.filter((x) => x.getAttribute("href") === href);
      return { tag, href, n: same.indexOf(el) };
    }
    return { tag, n: all.indexOf(el) };
  }
  function find(key, root) {
    if (key.id) return document.getElementById(key.id);
    let all = [...root.querySelectorAll(key.tag)];
    if ("href" in key) all = all.filter((x) => x.getAttribute("href") === key.href);
    return all[key.n] || null;
  }

  function replace(old, part) {
    if (old.innerHTML === part.innerHTML) return;
    const active = document.activeElement;
    const focused = active && active !== old && old.contains(active) ? keyOf(active, old) : null;
    const details = [...old.querySelectorAll("details")].map((d) => d.open);
    old.replaceChildren(...part.childNodes);
    old.querySelectorAll("details").forEach((d, i) => { if (i < details.length) d.open = details[i]; });
    if (focused) {
      const el = find(focused, old);
      if (el) el.focus({ preventScroll: true });
    }
  }

  async function refresh() {
    if (running || document.hidden) return;
    const selected = window.getSelection();
    if (selected && !selected.isCollapsed) return; // somebody is copying
    running = true;
    try {
      const answer = await fetch(location.href, { headers: { "X-Assay-Refresh": "1" }, credentials: "same-origin", cache: "no-store", signal: AbortSignal.timeout(15000) });
      if (answer.redirected) { location.reload(); return; } // the session is over
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const old of document.querySelectorAll("[data-live]")) {
        const part = page.getElementById(old.id);
        if (part) replace(old, part);
      }
      stale.hidden = true;
    } catch {
      stale.textContent = stale.dataset.text + document.querySelector("#asof time").textContent;
      stale.hidden = false;
    } finally {
      running = false;
    }
  }
  setInterval(refresh, seconds * 1000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
  document.addEventListener("assay:refresh", refresh);
})();
