// Shows what thumbnails.js lists: { thumbnails: [{ id, itwin, name, small, large, updated }], failures: [...] }.
"use strict";

const AT_ONCE = 60; // cards added each time the end of the page comes near

const all = gallery.thumbnails;
const element = (id) => document.getElementById(id);
const pictures = element("pictures");
const search = element("search");
const order = element("order");
const viewer = element("viewer");

let shown = []; // what matches the search, in order
let drawn = 0; // how many of these have a card
let current = -1; // the one in the viewer

const file = (thumbnail, size) => `pictures/${thumbnail.id}.${size}.png?${thumbnail.revision}`;
const title = (thumbnail) => thumbnail.name || thumbnail.id;
const bytes = (count) => `${count.toLocaleString("en")} bytes`;

const ORDERS = {
  newest: (a, b) => b.updated - a.updated || (a.id < b.id ? -1 : 1),
  id: (a, b) => (a.id < b.id ? -1 : 1),
  name: (a, b) => title(a).localeCompare(title(b)) || (a.id < b.id ? -1 : 1),
};

function text(tag, className, content) {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = content;
  return made;
}

function card(thumbnail, place) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  const image = new Image(400, 250);
  image.loading = "lazy";
  image.decoding = "async";
  image.alt = "";
  image.src = file(thumbnail, "small");
  const caption = text("span", "caption", "");
  caption.append(text("span", "name", title(thumbnail)), text("span", "id", thumbnail.id));
  button.append(image, caption);
  button.addEventListener("click", () => open(place));
  item.append(button);
  return item;
}

function drawMore() {
  const end = Math.min(drawn + AT_ONCE, shown.length);
  const cards = document.createDocumentFragment();
  for (; drawn < end; ++drawn) cards.append(card(shown[drawn], drawn));
  pictures.append(cards);
}

function update() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const matches = (thumbnail) => {
    const haystack = `${thumbnail.id} ${thumbnail.itwin} ${thumbnail.name}`.toLowerCase();
    return words.every((word) => haystack.includes(word));
  };
  shown = all.filter(matches).sort(ORDERS[order.value]);
  drawn = 0;
  pictures.replaceChildren();
  drawMore();
  const total = `${all.length.toLocaleString("en")} ${all.length === 1 ? "iModel" : "iModels"}`;
  element("count").textContent = words.length > 0 ? `${shown.length.toLocaleString("en")} of ${total}` : total;
  element("nothing").hidden = shown.length > 0;
  element("nothing").textContent = all.length > 0 ? "No thumbnail matches this search." : "The store holds no thumbnail.";
}

function fact(name, value) {
  return [text("dt", "", name), text("dd", "", value)];
}

function show(place) {
  current = place;
  const thumbnail = shown[place];
  element("viewer-title").textContent = title(thumbnail);
  for (const size of ["large", "small"]) {
    element(size).src = element(`${size}-link`).href = file(thumbnail, size);
    element(size).alt = `${title(thumbnail)}, ${size}`;
    element(`${size}-bytes`).textContent = bytes(thumbnail[size]);
  }
  element("facts").replaceChildren(
    ...fact("iModel", thumbnail.id), ...fact("iTwin", thumbnail.itwin), ...fact("File", thumbnail.source || "uploaded"),
    ...fact("Stored", new Date(thumbnail.updated * 1000).toLocaleString()), ...fact("Recipe", thumbnail.recipe));
  history.replaceState(null, "", `#${thumbnail.id}`);
}

function open(place) {
  show(place);
  if (!viewer.open) viewer.showModal();
}

function step(by) {
  const next = current + by;
  if (next < 0 || next >= shown.length) return;
  while (drawn <= next && drawn < shown.length) drawMore();
  show(next);
}

function openFromAddress() {
  const place = shown.findIndex((thumbnail) => thumbnail.id === location.hash.slice(1).toLowerCase());
  if (place >= 0) open(place);
}

viewer.addEventListener("click", (event) => {
  if (event.target === viewer || event.target.closest("[data-close]")) viewer.close();
  const by = event.target.closest("[data-step]")?.dataset.step;
  if (by) step(Number(by));
});
viewer.addEventListener("keydown", (event) => {
  if (event.key === "ArrowLeft") step(-1);
  if (event.key === "ArrowRight") step(1);
});
viewer.addEventListener("close", () => {
  history.replaceState(null, "", location.pathname + location.search);
  pictures.children[current]?.firstChild.focus();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !viewer.open && document.activeElement !== search) {
    event.preventDefault();
    search.focus();
  }
});
search.addEventListener("input", update);
order.addEventListener("change", update);
new IntersectionObserver((entries) => {
  if (entries.some((entry) => entry.isIntersecting)) drawMore();
}, { rootMargin: "1200px" }).observe(element("more"));
window.addEventListener("hashchange", openFromAddress);

if (gallery.failures.length > 0) {
  const failures = element("failures");
  failures.hidden = false;
  failures.firstElementChild.textContent =
    `${gallery.failures.length} ${gallery.failures.length === 1 ? "picture" : "pictures"} could not be imported`;
  const lines = document.createDocumentFragment(); // one by one: a call takes some 100,000 values at most
  for (const { file, reason, code } of gallery.failures) lines.append(text("li", "", `${file}: ${reason} (${code})`));
  failures.lastElementChild.append(lines);
}
update();
openFromAddress();
