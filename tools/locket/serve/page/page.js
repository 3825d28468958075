// The page of a running server. It asks with the token that was entered and shows nothing that the server refuses.
"use strict";

const TOKEN = "locket-token"; // in the tab's own storage

const element = (id) => document.getElementById(id);
const pictures = element("pictures");
const viewer = element("viewer");
const upload = element("upload");

let entries = []; // what the server listed so far, by id
let next = null; // where the list goes on; null at its end
let listing = null; // the request for the next part, while it runs
let round = 0; // counts up whenever the list begins anew, so that late answers are dropped
let stalled = false; // whether the last part could not be had; it goes on when one asks for it
let current = -1; // the entry in the viewer
let showing = 0; // counts up with each look into the viewer, and
let explaining = 0; // with each explanation, so that late answers are dropped
let asking = 0; // the same of the upload dialog

function text(tag, className, content) {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = content;
  return made;
}

const token = () => sessionStorage.getItem(TOKEN);
const pause = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

/** Asks the server; waits where the rate limit says so. The answer, or an error with `status` and a sentence. */
async function ask(path) {
  const mine = token();
  let waited = false;
  for (;;) {
    const answer = await connect(path, mine);
    if (token() !== mine) throw new Error(); // who asked has left, so there is nobody to be told
    if (answer.ok) {
      if (waited) tell("");
      return answer;
    }
    if (answer.status === 429) {
      const wait = Number(answer.headers.get("Retry-After")) || 1;
      tell(`The client of this token is over its rate limit; going on in ${wait} s.`);
      waited = true;
      await pause(wait);
      continue;
    }
    throw problem(answer.status, await answer.text());
  }
}

/** One request; what the browser says of a broken connection helps nobody. */
async function connect(path, mine) {
  try {
    return await fetch(path, { headers: { Authorization: `Bearer ${mine}` }, cache: "no-cache" });
  } catch {
    throw new Error("The server can't be reached.");
  }
}

function problem(status, body) {
  let message = `The server answered ${status}.`;
  try {
    const { error } = JSON.parse(body);
    const detail = error.details?.[0]?.message ?? "";
    message = `${error.message} ${detail}`.trim();
  } catch {
    // a body that is no JSON: the status must do
  }
  return Object.assign(new Error(message), { status });
}

function tell(message) {
  element("notice").textContent = message;
  element("notice").hidden = !message;
}

// ---- which token

function showEntrance(fault = "") {
  element("enter").hidden = false;
  element("find").hidden = true;
  element("enter-fault").textContent = fault;
  element("nothing").hidden = true;
  element("count").textContent = "";
  tell("");
  empty();
  element("token").focus();
}

function enter() {
  element("enter").hidden = true;
  element("find").hidden = false;
  begin();
}

element("enter").addEventListener("submit", (event) => {
  event.preventDefault();
  const entered = element("token").value.trim().replace(/^bearer\s+/i, "");
  if (!/^[\w.~+/=-]+$/.test(entered)) {
    element("enter-fault").textContent = "A token consists of letters, digits and the signs - . _ ~ + / = only.";
    return;
  }
  sessionStorage.setItem(TOKEN, entered);
  element("token").value = "";
  enter();
});

element("leave").addEventListener("click", () => {
  sessionStorage.removeItem(TOKEN);
  showEntrance();
});

// ---- the list

function empty() {
  ++round;
  current = -1;
  viewer.close();
  stall("");
  for (const image of pictures.querySelectorAll("img[src]")) URL.revokeObjectURL(image.src);
  pictures.replaceChildren();
  entries = [];
  next = null;
  listing = null;
}

function begin() {
  empty();
  tell("");
  next = "";
  goOn();
}

/** Takes the next part of the list; parts may be empty, so it goes on until the screen is full. */
async function goOn() {
  if (listing || stalled || next === null) return;
  const mine = round;
  const query = new URLSearchParams();
  if (next) query.set("after", next);
  if (element("hidden").checked) query.set("hidden", "include");
  try {
    listing = ask(`/gallery/imodels?${query}`);
    const part = await (await listing).json();
    if (mine !== round) return;
    next = part.next;
    for (const entry of part.imodels) add(entry);
  } catch (fault) {
    if (mine !== round) return;
    if (fault.status === 401) return showEntrance(fault.message);
    stall(`The list is not whole: ${fault.message}`);
  } finally {
    if (mine === round) listing = null;
  }
  filter();
  if (element("more").getBoundingClientRect().top < innerHeight + 1200) goOn();
}

/** Stops the list with a word why, or, without one, lets it go on. */
function stall(why) {
  stalled = why !== "";
  element("stalled").hidden = !stalled;
  element("stalled-why").textContent = why;
}

element("again").addEventListener("click", () => {
  stall("");
  goOn();
});

const seen = new IntersectionObserver((changes) => {
  for (const { isIntersecting, target } of changes) {
    if (!isIntersecting) continue;
    seen.unobserve(target);
    load(target, target.dataset.id, "small");
  }
}, { rootMargin: "400px" });

function add(entry) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  entry.item = item;
  const caption = text("span", "caption", "");
  const name = text("span", "name", entry.id);
  caption.append(name, text("span", "id", `iTwin ${entry.itwin_id}`));
  if (entry.visible) {
    const image = new Image(400, 250);
    image.alt = "";
    image.dataset.id = entry.id;
    button.append(image, caption);
    seen.observe(image);
    if (!entry.uploaded) name.append(text("span", "badge", "default"));
  } else {
    button.append(text("span", "withheld", "hidden"), caption);
    caption.append(text("span", "why", entry.why));
  }
  button.addEventListener("click", () => open(entries.indexOf(entry)));
  if (entry.manage) takeDrops(button, (file) => openUpload(entry.id, file));
  item.append(button);
  pictures.append(item);
  entries.push(entry);
}

/** Puts a picture into an image, fetched as a caller fetches it. */
async function load(image, id, size) {
  try {
    const answer = await ask(`/imodels/${id}/thumbnail?size=${size}`);
    const address = URL.createObjectURL(await answer.blob());
    if (image.dataset.id !== id) return URL.revokeObjectURL(address);
    if (image.src) URL.revokeObjectURL(image.src);
    image.src = address;
    image.dataset.source = answer.headers.get("X-Thumbnail-Source") ?? "";
  } catch (fault) {
    if (image.isConnected && image.dataset.id === id) tell(fault.message);
  }
}

function filter() {
  const words = element("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const entry of entries) {
    entry.item.hidden = !words.every((word) => `${entry.id} ${entry.itwin_id}`.includes(word));
    if (!entry.item.hidden) ++shown;
  }
  const visible = entries.filter((entry) => entry.visible).length;
  const rest = next === null ? "" : ", more below";
  element("count").textContent = words.length > 0
    ? `${shown} of ${entries.length} match${rest}`
    : `${visible} visible${entries.length > visible ? `, ${entries.length - visible} hidden` : ""}${rest}`;
  const nothing = element("nothing");
  ++explaining;
  nothing.hidden = shown > 0 || next !== null || listing !== null;
  nothing.textContent = "";
  if (nothing.hidden) return;
  nothing.append(words.length > 0 ? "No iModel in the list has this id. " : "This token may see no iModel. ");
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(words[0] ?? "")) explain(words[0], nothing);
}

/** Says why an iModel is or is not to be seen. */
async function explain(id, place) {
  const mine = explaining;
  let why = "";
  try {
    why = (await (await ask(`/gallery/imodels/${id}`)).json()).view_why;
  } catch (fault) {
    why = fault.message;
  }
  if (mine === explaining) place.append(text("span", "why", why));
}

element("find").addEventListener("submit", (event) => event.preventDefault());
element("search").addEventListener("input", filter);
element("hidden").addEventListener("change", begin);
new IntersectionObserver((changes) => {
  if (changes.some((change) => change.isIntersecting)) goOn();
}, { rootMargin: "1200px" }).observe(element("more"));

// ---- one iModel

async function show(place) {
  const mine = ++showing;
  current = place;
  const entry = entries[place];
  element("viewer-title").textContent = entry.id;
  element("replace").hidden = !entry.manage;
  viewer.querySelector(".both").hidden = !entry.visible;
  for (const size of ["large", "small"]) {
    const image = element(size);
    if (image.src) URL.revokeObjectURL(image.src);
    image.removeAttribute("src");
    image.dataset.id = entry.id;
    image.alt = `${entry.id}, ${size}`;
    if (entry.visible) load(image, entry.id, size);
  }
  const facts = element("facts");
  const fact = (name, value) => [text("dt", "", name), text("dd", "", value)];
  facts.replaceChildren(...fact("iTwin", entry.itwin_id),
    ...fact("Picture", entry.uploaded ? "uploaded" : "none yet: the default one is shown"));
  try {
    const verdict = await (await ask(`/gallery/imodels/${entry.id}`)).json();
    if (mine !== showing) return;
    facts.append(...fact(verdict.visible ? "Visible" : "Hidden", verdict.view_why));
    if (verdict.visible) facts.append(...fact(verdict.manage ? "Replaceable" : "Fixed", verdict.manage_why));
  } catch (fault) {
    if (mine === showing) facts.append(...fact("Access", fault.message));
  }
}

function open(place) {
  show(place);
  if (!viewer.open) viewer.showModal();
}

function step(by) {
  let place = current + by;
  while (entries[place]?.item.hidden) place += by;
  if (entries[place]) show(place);
}

viewer.addEventListener("click", (event) => {
  const by = event.target.closest("[data-step]")?.dataset.step;
  if (by) step(Number(by));
});
viewer.addEventListener("keydown", (event) => {
  if (event.key === "ArrowLeft") step(-1);
  if (event.key === "ArrowRight") step(1);
});
viewer.addEventListener("close", () => entries[current]?.item.firstChild.focus());
for (const dialog of [viewer, upload]) {
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-close]")) dialog.close();
  });
}

// ---- uploads

const chosen = element("file");

function takeDrops(place, taken) {
  place.addEventListener("dragover", (event) => {
    event.preventDefault();
    place.classList.add("over");
  });
  place.addEventListener("dragleave", () => place.classList.remove("over"));
  place.addEventListener("drop", (event) => {
    event.preventDefault();
    event.stopPropagation();
    place.classList.remove("over");
    if (event.dataTransfer.files.length > 0) taken(event.dataTransfer.files);
  });
}

function sayChosen() {
  element("chosen").textContent = chosen.files[0]
    ? `${chosen.files[0].name}, ${chosen.files[0].size.toLocaleString("en")} bytes`
    : "or choose one";
}

function sayUpload(message, className = "") {
  element("upload-told").textContent = message;
  element("upload-told").className = className;
}

function openUpload(id = "", files = null) {
  ++asking;
  element("upload-form").reset();
  element("upload-id").value = id;
  if (files) chosen.files = files;
  sayChosen();
  sayUpload("");
  element("progress").hidden = true;
  upload.showModal();
  element(id ? "file" : "upload-id").focus();
}

/** Sends a picture; fetch() tells no progress of what it sends, so this is the older way. */
function send(id, file) {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open("PUT", `/imodels/${id}/thumbnail`);
    request.setRequestHeader("Authorization", `Bearer ${token()}`);
    request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) element("progress").value = event.loaded / event.total;
    });
    request.addEventListener("load", () => {
      if (request.status === 201) done();
      else failed(problem(request.status, request.responseText));
    });
    request.addEventListener("error", () => failed(new Error("The connection broke before the server answered.")));
    request.send(file);
  });
}

element("upload-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const id = element("upload-id").value.toLowerCase();
  const button = element("upload-form").querySelector(".main");
  const mine = asking;
  // Who has closed the dialog, or opened it for another iModel, is told on the page.
  const say = (message, className) => {
    if (mine === asking && upload.open) sayUpload(message, className);
    else tell(`${id}: ${message}`);
  };
  button.disabled = true;
  element("progress").hidden = false;
  element("progress").value = 0;
  sayUpload("Sending…");
  try {
    await send(id, chosen.files[0]);
    refresh(id);
    say("Stored, in both sizes.", "good");
  } catch (fault) {
    say(fault.message, "fault");
  } finally {
    button.disabled = false;
  }
});

/** Shows an iModel's new picture wherever it is on the page. */
function refresh(id) {
  const entry = entries.find((each) => each.id === id);
  if (!entry) return begin();
  entry.uploaded = true;
  entry.item.querySelector(".badge")?.remove();
  const image = entry.item.querySelector("img");
  if (image) load(image, id, "small");
  if (viewer.open && entries[current] === entry) show(current);
}

element("upload-open").addEventListener("click", () => openUpload());
element("replace").addEventListener("click", () => openUpload(entries[current].id));
chosen.addEventListener("change", sayChosen);
takeDrops(element("drop"), (files) => {
  chosen.files = files;
  sayChosen();
});
takeDrops(document.body, (files) => {
  if (token() && !upload.open) openUpload(viewer.open ? entries[current].id : "", files);
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || viewer.open || upload.open || event.target.matches("input, textarea")) return;
  event.preventDefault();
  element("search").focus();
});

if (token()) enter();
else showEntrance();
