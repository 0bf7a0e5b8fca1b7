// Buttons into messengers on the thank-you step, each with a code for the camera of a phone: a
// module of its own, loaded then. The booking link that the form was answered with says whose they
// are. It brings no style: what is not the widget's stands in attributes.

import { element } from "./dom";

interface Messenger {
  label: string;
  url: string;
  qr?: { path: string; side: number };
}

function makeCode({ path, side }: NonNullable<Messenger["qr"]>): SVGElement {
  const space = "http://www.w3.org/2000/svg";
  const code = document.createElementNS(space, "svg");
  code.setAttribute("viewBox", `0 0 ${side} ${side}`);
  code.setAttribute("height", "176");
  code.setAttribute("width", "100%");
  code.setAttribute("aria-hidden", "true");
  const dots = document.createElementNS(space, "path");
  dots.setAttribute("d", path);
  code.append(dots);
  return code;
}

// They go before `next`.
export default async function showMessengers(
  next: HTMLElement,
  origin: string,
  key: string,
  bookingUrl: string,
  language: string,
): Promise<void> {
  const mark = new URL(bookingUrl).searchParams.get("t") || "";
  const query = "?t=" + encodeURIComponent(mark) + "&lang=" + language;
  const reply = await fetch(origin + "/w/" + key + "/messengers" + query, { credentials: "omit" });
  if (!reply.ok) return;
  const { title, data } = await reply.json();
  const wide = matchMedia("(min-width: 48rem)").matches; // a phone cannot photograph itself
  const offers = (data as Messenger[])
    .filter((one) => /^https:/.test(one.url))
    .map(({ label, url, qr }) => {
      const link = element("a", { class: "plain", href: url, target: "_blank" }, label);
      link.rel = "noopener";
      return element("div", {}, link, ...(qr && wide ? [makeCode(qr)] : []));
    });
  if (offers.length) next.before(element("div", {}, element("p", {}, title), ...offers));
}
