// The citizens' chat: a client of /api/chat. Text reaches the page through textContent only.
(() => {
  "use strict";
  const $ = (id) => document.getElementById(id);
  const log = $("log"), input = $("text"), status = $("status");
  const MAX_FILE = document.body.dataset.maxMb * 1048576;
  const KEY = "langnghe.chat", ZONE = "Asia/Ho_Chi_Minh", PHOTO_SIDE = 1600;
  const NAMES = { bot: "Lắng Nghe (máy)", staff: "Trả lời của cơ quan", citizen: "Anh/chị" };
  const TITLE = document.title;

  // What this device remembers: the conversation's capability and what is not sent yet.
  let state = { conversation: null, queue: [] };
  try { state = { ...state, ...JSON.parse(localStorage.getItem(KEY)) }; } catch { /* a private window */ }
  const save = () => {
    // A photo may not fit into the device's small store: it then lives until the page is closed.
    for (const queue of [state.queue, state.queue.filter((item) => !item.body.attachment)]) {
      try { return localStorage.setItem(KEY, JSON.stringify({ ...state, queue })); } catch { /* try without */ }
    }
  };

  let last = 0, life = 0, unread = 0, sending = false, retryTimer, typingTimer, pollAbort, day = "";
  const bubbles = new Map(); // number of a message -> its element
  const pending = new Map(); // client id -> its element

  const make = (tag, className, text) => {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text) element.textContent = text;
    return element;
  };
  const uuid = () => {
    if (crypto.randomUUID) return crypto.randomUUID();
    const b = crypto.getRandomValues(new Uint8Array(16));
    b[6] = (b[6] & 15) | 64; b[8] = (b[8] & 63) | 128;
    const hex = [...b].map((x) => x.toString(16).padStart(2, "0")).join("");
    return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
  };
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));
  const say = (text) => { status.textContent = text; };

  // ---- drawing -------------------------------------------------------------------------------
  const atEnd = () => innerHeight + scrollY > document.documentElement.scrollHeight - 160;
  const toEnd = () => scrollTo(0, document.documentElement.scrollHeight);
  const format = (date, options) => new Intl.DateTimeFormat("vi-VN", { timeZone: ZONE, ...options }).format(date);
  const dayOf = (date) => {
    const name = (d) => format(d, { weekday: "long", day: "2-digit", month: "2-digit", year: "numeric" });
    const now = new Date();
    if (name(date) === name(now)) return "Hôm nay";
    return name(date) === name(new Date(now - 864e5)) ? "Hôm qua" : name(date);
  };

  // Addresses become links (https only), case codes stand out.
  const write = (element, text) => {
    let from = 0;
    for (const found of text.matchAll(/https:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]»”]|\bLN-[0-9A-Z]{4}-[0-9A-Z]{4}\b/g)) {
      element.append(text.slice(from, found.index));
      const code = found[0].startsWith("LN-"), part = make(code ? "strong" : "a", code ? "code" : "", found[0]);
      if (!code) { part.href = found[0]; part.target = "_blank"; part.rel = "noopener noreferrer nofollow"; }
      element.append(part);
      from = found.index + found[0].length;
    }
    element.append(text.slice(from));
  };

  const drawFile = (file) => {
    if (file.content_type.startsWith("image/") && file.content_type !== "image/heic") {
      const picture = make("img");
      picture.src = file.url; picture.alt = "Ảnh đã gửi: " + file.name; picture.loading = "lazy";
      picture.onload = () => bubbles.size && atEnd() && toEnd();
      return picture;
    }
    const link = make("a", "bubble__file", "Tệp: " + file.name);
    link.href = file.url;
    return link;
  };

  const drawChoices = (buttons) => {
    const group = make("div", "choices");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", "Chọn trả lời");
    for (const { title, payload } of buttons) {
      const button = make("button", "button", title);
      button.type = "button"; button.dataset.payload = payload;
      button.onclick = () => { pressed(group, button); send({ payload }, { text: title }); };
      group.append(button);
    }
    return group;
  };
  const pressed = (group, button) => {
    if (button) { button.setAttribute("aria-pressed", "true"); log.focus({ preventScroll: true }); }
    for (const each of group.children) each.disabled = true;
  };
  // A later word of the citizen settles older questions; ratings and looks at a case stay open.
  const closeChoices = () => {
    for (const group of log.querySelectorAll(".choices")) {
      if (!/^(rate|reopen|status):/.test(group.firstChild.dataset.payload)) pressed(group);
    }
  };

  // message: {n, from, text, buttons, attachments, at}, n = null while it is on its way
  const draw = (message) => {
    const follow = atEnd() || message.from === "citizen", date = new Date(message.at);
    const today = dayOf(date);
    if (today !== day) { log.append(make("li", "day", today)); day = today; }
    const item = make("li", "message message--" + message.from);
    const before = log.lastElementChild;
    if (before && before.classList.contains("message--" + message.from)) item.classList.add("message--same");
    let who = NAMES[message.from], text = message.text || "";
    const office = message.from === "staff" && /^Trả lời của ([^\n]{2,200}?):?(?:\n|$)/.exec(text);
    if (office) { who = "Trả lời của " + office[1]; text = text.slice(office[0].length).trimStart(); }
    if (message.from === "staff") item.classList.remove("message--same");
    const bubble = make("div", "bubble");
    for (const file of message.attachments || []) bubble.append(drawFile(file));
    if (text) write(bubble.appendChild(make("p", "bubble__text")), text);
    item.append(make("p", "message__who", who), bubble);
    if (message.from === "citizen") closeChoices();
    if (message.buttons && message.buttons.length) item.append(drawChoices(message.buttons));
    const meta = make("p", "message__meta"), time = make("time", "", format(date, { hour: "2-digit", minute: "2-digit" }));
    time.dateTime = message.at;
    meta.append(time, make("span"));
    item.append(meta);
    log.append(item);
    if (message.n) bubbles.set(message.n, item);
    $("start").hidden = true;
    if (follow) toEnd();
    return item;
  };
  const mark = (item, text, failed) => {
    item.classList.toggle("message--failed", !!failed);
    item.querySelector("progress")?.remove();
    item.querySelector(".message__meta span").textContent = text ? " · " + text : "";
  };

  const typing = (on) => {
    clearTimeout(typingTimer);
    $("typing").hidden = !on;
    if (!on) return;
    $("typing-text").textContent = "Lắng Nghe đang soạn trả lời…";
    typingTimer = setTimeout(() => {
      $("typing-text").textContent = "Vẫn đang xử lý. Tin của anh/chị đã được lưu, có thể quay lại xem trả lời sau.";
    }, 12000);
    if (atEnd()) toEnd();
  };

  // ---- sending -------------------------------------------------------------------------------
  const post = (path, body, onProgress) => new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/api/chat" + path);
    request.timeout = body && body.attachment ? 180000 : 20000;
    request.setRequestHeader("Content-Type", "application/json");
    if (onProgress) request.upload.onprogress = (e) => e.lengthComputable && onProgress(e.loaded / e.total);
    request.onerror = request.ontimeout = () => fail(new Error("network"));
    request.onload = () => {
      let answer = {};
      try { answer = JSON.parse(request.responseText); } catch { /* a proxy's page */ }
      done({ code: request.status, answer, after: +request.getResponseHeader("Retry-After") || 0 });
    };
    request.send(body ? JSON.stringify(body) : "{}");
  });

  const send = (body, shown) => {
    const item = { id: uuid(), at: new Date().toISOString(), body, shown: { text: shown.text } };
    state.queue.push(item);
    save();
    show(item, shown.files);
    pump();
  };
  const show = (item, files) => {
    // After a reload the file itself may still be queued, its preview is not.
    if (!files && item.body.attachment) files = [{ name: item.body.attachment.name, content_type: "", url: "#" }];
    const element = draw({ n: null, from: "citizen", at: item.at, text: item.shown.text, attachments: files });
    pending.set(item.id, element);
    mark(element, "đang gửi");
  };

  const pump = async () => {
    if (sending) return;
    sending = true;
    clearTimeout(retryTimer);
    const mine = life;
    let pause = 1000;
    while (state.queue.length && mine === life) {
      const item = state.queue[0], element = pending.get(item.id);
      mark(element, "đang gửi");
      let result;
      try { result = await deliver(item, element); } catch { result = { code: 0, answer: {} }; }
      if (mine !== life) break;
      if (result.code === 202) { arrived(item, element, result.answer.n); pause = 1000; continue; }
      if (result.code === 404) { state.conversation = null; if ((pause *= 2) < 9000) continue; }
      if (result.code >= 400 && result.code < 500 && result.code !== 429 && result.code !== 404) {
        state.queue.shift(); save();
        mark(element, result.answer.message || "không gửi được", true);
        continue;
      }
      offerRetry(element, result.answer.message);
      pause = Math.min(pause * 2, 30000);
      await new Promise((go) => { retryNow = go; retryTimer = setTimeout(go, Math.max(pause, result.after * 1000 || 0)); });
    }
    if (mine === life) sending = false;
  };
  let retryNow = () => {};

  const deliver = async (item, element) => {
    if (!state.conversation) {
      const made = await post("");
      if (made.code >= 300) return { ...made, code: made.code === 429 ? 429 : 0 };
      state.conversation = made.answer.conversation;
      last = 0;
      bubbles.clear();
      save();
      poll();
    }
    let bar;
    if (item.body.attachment) { bar = make("progress"); bar.max = 1; element.querySelector(".bubble").append(bar); }
    return post(`/${state.conversation}/messages`, { id: item.id, ...item.body }, bar && ((part) => { bar.value = part; }));
  };
  const arrived = (item, element, n) => {
    state.queue.shift();
    save();
    pending.delete(item.id);
    mark(element, "đã gửi");
    say("");
    if (n && bubbles.has(n) && bubbles.get(n) !== element) bubbles.get(n).remove();
    if (n) bubbles.set(n, element);
    if (last <= (n || last)) typing(true);
  };
  const offerRetry = (element, why) => {
    mark(element, "", true);
    const retry = make("button", "message__retry", (why || "chưa gửi được") + ", thử lại");
    retry.type = "button";
    retry.onclick = () => retryNow();
    element.querySelector(".message__meta span").append(" · ", retry);
  };

  // ---- receiving -----------------------------------------------------------------------------
  const receive = (message) => {
    if (message.n <= last) return;
    last = message.n;
    if (bubbles.has(message.n)) return;
    if (message.from === "citizen") {
      // The answer to our own send may still be on its way: the oldest one under way is this message.
      const first = state.queue[0];
      if (first && pending.has(first.id) && first.shown.text === message.text) return;
    } else {
      typing(false);
      if (document.hidden) document.title = `(${++unread}) ${TITLE}`;
    }
    draw(message);
  };
  const poll = async () => {
    pollAbort?.abort();
    const mine = life, abort = (pollAbort = new AbortController());
    let pause = 1000, first = last === 0;
    while (state.conversation && mine === life && !abort.signal.aborted) {
      try {
        const address = `/api/chat/${state.conversation}/messages?after=${last}&wait=${first ? 0 : 25}`;
        const response = await fetch(address, { signal: abort.signal, cache: "no-store" });
        if (mine !== life) return;
        if (response.status === 404) { state.conversation = null; save(); return; }
        if (!response.ok) throw new Error("status " + response.status);
        const { messages } = await response.json();
        log.setAttribute("aria-live", first ? "off" : "polite");
        messages.forEach(receive);
        if (first) { first = false; log.setAttribute("aria-live", "polite"); toEnd(); }
        pause = 1000;
        say("");
      } catch (error) {
        if (abort.signal.aborted) return;
        say("Mất kết nối, đang nối lại…");
        await wait(pause * (0.7 + Math.random() * 0.6));
        pause = Math.min(pause * 2, 30000);
      }
    }
  };

  // ---- photos, files, place ------------------------------------------------------------------
  const shrink = async (file) => {
    if (!/^image\/(jpeg|png|webp|heic)$/.test(file.type)) return file;
    const url = URL.createObjectURL(file);
    try {
      const picture = new Image();
      picture.src = url;
      await picture.decode();
      const scale = Math.min(1, PHOTO_SIDE / Math.max(picture.naturalWidth, picture.naturalHeight));
      const canvas = make("canvas");
      canvas.width = Math.round(picture.naturalWidth * scale); canvas.height = Math.round(picture.naturalHeight * scale);
      const pen = canvas.getContext("2d");
      pen.fillStyle = "#fff";
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
      const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.82));
      return blob ? new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" }) : file;
    } catch { return file; } finally { URL.revokeObjectURL(url); }
  };
  const base64 = (file) => new Promise((done, fail) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = fail;
    reader.readAsDataURL(file);
  });
  const sendFile = async (chosen) => {
    say("Đang chuẩn bị tệp…");
    const file = await shrink(chosen);
    if (file.size > MAX_FILE) return say(`Tệp lớn quá ${document.body.dataset.maxMb} MB. Mời anh/chị chọn tệp nhỏ hơn.`);
    let data;
    try { data = await base64(file); } catch { return say("Không đọc được tệp này. Mời anh/chị chọn tệp khác."); }
    say("");
    const type = file.type || (/\.docx$/i.test(file.name) ? "application/vnd.openxmlformats-officedocument.wordprocessingml.document" : "application/octet-stream");
    const files = [{ name: file.name, content_type: type, url: URL.createObjectURL(file) }];
    send({ attachment: { name: file.name, content_type: type, data } }, { text: "", files });
  };
  const showPlace = (open) => {
    $("location-panel").hidden = !open;
    $("locate").setAttribute("aria-expanded", open);
    if (open) $("location-send").focus();
  };
  const sendPlace = () => {
    showPlace(false);
    const failed = () => say("Không lấy được vị trí. Anh/chị gõ địa chỉ giúp: số nhà, đường, thôn/tổ, xã/phường.");
    if (!navigator.geolocation) return failed();
    say("Đang tìm vị trí…");
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      say("");
      send({ location: { lat: coords.latitude, lon: coords.longitude } }, { text: "Vị trí của tôi" });
    }, failed, { enableHighAccuracy: true, timeout: 20000, maximumAge: 60000 });
  };

  // ---- the page ------------------------------------------------------------------------------
  const submit = () => {
    const text = input.value.trim().normalize("NFC");
    if (!text) return;
    input.value = "";
    grow();
    send({ text }, { text });
  };
  const grow = () => { input.style.height = "auto"; input.style.height = Math.min(input.scrollHeight + 2, 144) + "px"; };
  const forget = () => {
    if (!confirm("Xóa cuộc trò chuyện khỏi máy này và bắt đầu mới?\n\nVụ việc đã gửi vẫn được giải quyết. Anh/chị nhớ ghi lại mã vụ việc.")) return;
    life += 1;
    pollAbort?.abort();
    clearTimeout(retryTimer);
    state = { conversation: null, queue: [] };
    try { localStorage.removeItem(KEY); } catch { /* nothing was kept */ }
    bubbles.clear(); pending.clear();
    last = 0; day = ""; sending = false;
    log.replaceChildren();
    typing(false); say("");
    $("start").hidden = false;
    $("menu").open = false;
    scrollTo(0, 0);
    input.focus();
  };

  $("composer").onsubmit = (event) => { event.preventDefault(); submit(); };
  input.oninput = grow;
  input.onkeydown = (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); submit(); }
  };
  $("attach").onclick = () => $("file").click();
  $("file").onchange = () => { for (const file of $("file").files) sendFile(file); $("file").value = ""; };
  $("locate").onclick = () => showPlace($("location-panel").hidden);
  $("location-cancel").onclick = () => { showPlace(false); $("locate").focus(); };
  $("location-send").onclick = sendPlace;
  $("forget").onclick = forget;
  $("person").onclick = () => { $("menu").open = false; send({ text: "gặp cán bộ" }, { text: "Gặp cán bộ" }); };
  for (const button of $("start").children) button.onclick = () => send({ text: button.textContent.trim() }, { text: button.textContent.trim() });
  addEventListener("online", () => { retryNow(); poll(); });
  document.addEventListener("click", (event) => { if (!$("menu").contains(event.target)) $("menu").open = false; });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    $("menu").open = false;
    if (!$("location-panel").hidden) { showPlace(false); $("locate").focus(); }
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { unread = 0; document.title = TITLE; } });

  const begin = async () => {
    if (state.conversation) await new Promise((done) => { poll(); setTimeout(done, 300); });
    $("start").hidden = log.children.length > 0;
    for (const item of state.queue) show(item);
    pump();
  };
  begin();
})();
