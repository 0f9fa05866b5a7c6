/** The one script of the page: a text filter and a count. Everything else works without it. */

export const FILTER_SCRIPT = `"use strict";
(() => {
  const field = document.getElementById("text");
  const shown = document.getElementById("shown");
  const rows = [...document.querySelectorAll("#key-rows > tbody")];
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const choice = (group) => document.querySelector('input[name="' + group + '"]:checked').value;
  const apply = () => {
    const words = field.value.toLowerCase().split(/\\s+/).filter(Boolean);
    const state = choice("state");
    const strategy = choice("strategy");
    let count = 0;
    rows.forEach((row, index) => {
      row.hidden = !words.every((word) => texts[index].includes(word));
      const matches = (state === "all" || row.dataset.state === state) && (strategy === "all" || row.dataset.strategy === strategy);
      if (!row.hidden && matches) count++;
    });
    shown.value = count + " of " + rows.length + " rows";
  };
  document.getElementById("search").hidden = false;
  document.getElementById("keys").addEventListener("input", apply);
  apply();
})();
`;
