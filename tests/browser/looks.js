// What a page looks like to a person, with everything unfolded: what cannot be read, what sticks out.
() => {
  for (const details of document.querySelectorAll("details")) details.open = true;

  const rgb = (color) => {
    const [red, green, blue, alpha = 1] = color.match(/[\d.]+/g).map(Number);
    return { channels: [red, green, blue], alpha };
  };
  const background = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const { channels, alpha } = rgb(getComputedStyle(at).backgroundColor);
      if (alpha === 1) return channels;
      if (alpha > 0) throw new Error(`${at.tagName} has a translucent background`);
    }
    throw new Error("nothing has a background");
  };
  // WCAG 2.2, relative luminance and contrast ratio.
  const luminance = (channels) => {
    const [red, green, blue] = channels.map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };

  const says = (element) =>
    [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
  const fields = new Set(["INPUT", "TEXTAREA", "SELECT"]);
  const shown = [...document.body.querySelectorAll("*")].filter(
    (element) =>
      element.checkVisibility() &&
      element.tagName !== "OPTION" &&
      (fields.has(element.tagName) || says(element)),
  );
  const faint = [];
  const judge = (element, pseudo, text) => {
    const ratio = contrast(rgb(getComputedStyle(element, pseudo).color).channels, background(element));
    if (ratio < 4.5) faint.push(`${ratio.toFixed(2)}: ${text.trim().slice(0, 60)}`);
  };
  for (const element of shown) {
    judge(element, null, element.textContent || element.name);
    if (element.placeholder) judge(element, "::placeholder", element.placeholder);
  }

  const wide = [document.documentElement, ...document.querySelectorAll(".table-wrap")]
    .filter((element) => element.scrollWidth > element.clientWidth)
    .map((element) => `${element.className || "page"}: ${element.scrollWidth} > ${element.clientWidth}`);
  return { faint, wide, judged: shown.length };
}
