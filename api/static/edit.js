"use strict";
// Keeps an edit from being lost: asks before a page with unsaved words is left, and says when the
// preview cannot be had. The form itself works without this file.
(() => {
  const form = document.getElementById("edit");
  if (!form) return;
  const note = document.getElementById("preview-note");
  const said = () => JSON.stringify([...new FormData(form)].filter(([name]) => name !== "click"));
  const atFirst = said();
  let leaves = false;
  const isDirty = () => !leaves && (form.dataset.dirty === "yes" || said() !== atFirst);

  // The preview follows by itself: its button is for browsers without scripts.
  for (const line of form.querySelectorAll(".no-script")) line.hidden = true;
  form.addEventListener("submit", () => { leaves = true; });
  // Back from another page, the form is as it was, and so is what would be lost.
  window.addEventListener("pageshow", () => { leaves = false; });
  window.addEventListener("beforeunload", (event) => {
    if (isDirty()) event.preventDefault();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("input")) event.preventDefault();
  });

  const tell = (text) => { if (note.textContent !== text) note.textContent = text; };
  document.body.addEventListener("htmx:afterSwap", () => tell(""));
  document.body.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    tell(status === 429 ? "The preview pauses for a moment." : "The preview could not be made; your words are still here.");
  });
  document.body.addEventListener("htmx:sendError", () => tell("The preview cannot be reached; your words are still here."));
})();
