// The console's small helps; every page works without them: news of the queue, and a guard for an unsent answer.
"use strict";

const EVERY_MS = 10_000;

function watchQueue(box) {
  const title = document.title;
  let timer = 0;

  function say(text, link, address) {
    box.textContent = `${text} `;
    const anchor = document.createElement("a");
    anchor.href = address;
    anchor.textContent = link;
    box.append(anchor);
    box.hidden = false;
  }

  async function look() {
    if (document.hidden) return;
    const answer = await fetch(`/console/news?after=${box.dataset.after}`, { headers: { Accept: "application/json" } });
    if (answer.status === 401) {
      clearInterval(timer);
      say("Phiên đăng nhập đã hết.", "Đăng nhập lại", "/console/login");
      return;
    }
    if (!answer.ok) return;
    const count = (await answer.json()).new;
    if (count > 0 && box.dataset.shown !== String(count)) {
      box.dataset.shown = String(count);
      document.title = `(${count}) ${title}`;
      say(`Có ${count} vụ việc mới.`, "Tải lại", "/console");
    }
  }

  // A failed look (no network) is tried again at the next beat.
  const tick = () => look().catch(() => undefined);
  timer = setInterval(tick, EVERY_MS);
  document.addEventListener("visibilitychange", tick);
}

function guardDraft(form) {
  const box = form.querySelector("textarea");
  let sending = false;
  form.addEventListener("submit", () => {
    sending = true;
  });
  window.addEventListener("beforeunload", (event) => {
    if (!sending && box.value.trim() !== "") event.preventDefault();
  });
  window.addEventListener("pageshow", () => {
    sending = false;
  });
}

const news = document.getElementById("news");
if (news) watchQueue(news);
document.querySelectorAll("form[data-guard]").forEach(guardDraft);
