// Holds every request that the connectors build against the vendor's own schema, without a network.
//
//   node check.mjs SPECS REQUESTS
//
// SPECS is the folder of the vendors' documents (specs/README.md), REQUESTS what the program beside
// this file (requests.cpp) printed: a JSON line for each request. Exit 1 and a line for each fault.
//
// Why not Prism: it was tried (2026-11-26). It takes half a minute and 90 MB to install, and it
// lets wrong names pass where a document does not forbid them, which MAX's never does: "notifyy"
// and a button's "urll" were both answered with 200. It also cannot be told of the documents'
// known faults (gaps.mjs). So the documents are made into strict JSON Schema (schema.mjs).
//
// That this check can fail is a part of it: in each request that a document describes, each name
// and each value is made wrong in its turn, and every such request has to be refused.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { outside, repairs } from "./gaps.mjs";
import { openApi } from "./openapi.mjs";
import { spoiled } from "./spoil.mjs";
import { telegram } from "./telegram.mjs";
import { vk } from "./vk.mjs";

// MAX's document does not say where the token goes (specs/README.md does), nor whom a message is
// for when neither parameter is there.
const max = (document) => {
  const check = openApi(document);
  return (request) => {
    const { pathname, searchParams: query } = new URL(request.url);
    const errors = check(request);
    const says = (at, words) => errors.push({ at, says: words });
    if (!/^[^\s]+$/.test(request.headers.authorization ?? "")) {
      says("header authorization", "is not the bare token");
    }
    if (pathname === "/messages" && !(query.has("user_id") || query.has("chat_id"))) {
      says("?user_id", "is missing");
    }
    return errors;
  };
};

// Chatwoot's document names its token a security scheme, which the check of parameters leaves out.
const chatwoot = (document) => {
  const check = openApi(document);
  return (request) => {
    const errors = check(request);
    const says = (at, words) => errors.push({ at, says: words });
    if (!/^[^\s]+$/.test(request.headers.api_access_token ?? "")) {
      says("header api_access_token", "is missing");
    }
    // Free for the document; one text of ours.
    const { custom_attributes: own } = request.body.startsWith("{") ? JSON.parse(request.body) : {};
    if (own && Object.entries(own).some(([k, v]) => k !== "flead_lead" || typeof v !== "string")) {
      says("/custom_attributes", "is not the lead's id");
    }
    return errors;
  };
};

// YooKassa: a shop's pair goes by Basic auth, which the document names a security scheme; a payment
// has the key of its row, and no confirmation where nobody is there to confirm.
const yookassa = (document) => {
  const check = openApi(document);
  return (request) => {
    const errors = check(request);
    const says = (at, words) => errors.push({ at, says: words });
    const [scheme, pair] = (request.headers.authorization ?? "").split(" ");
    if (scheme !== "Basic" || !/^\d+:\S+$/.test(Buffer.from(pair ?? "", "base64").toString())) {
      says("header authorization", "is not a shop's pair");
    }
    if (request.method !== "GET" && request.headers["idempotence-key"]?.length > 64) {
      says("header idempotence-key", "is too long");
    }
    const { metadata = {} } = request.body.startsWith("{") ? JSON.parse(request.body) : {};
    // A refund tried again under another key is told from the first by it.
    const ours = /^((payment pay|payout po)_[0-9a-z]{26}|refund rfd_[0-9a-z]{26}(-\d{1,3})?)$/;
    for (const [name, id] of new URL(request.url).searchParams) {
      const word = name.match(/^metadata\[(.*)\]$/)?.[1];
      if (word !== undefined && !ours.test(`${word} ${id}`)) says(`?${name}`, "is not our id");
    }
    if (Object.entries(metadata).some(([name, id]) => !ours.test(`${name} ${id}`))) {
      says("/metadata", "is not our id");
    }
    return errors;
  };
};

// Cal.com's document only proposes the version of each family, takes any text for a uid and an id,
// and says in words what a key looks like. One of its answers is described by itself, endlessly.
const calcom = (document) => {
  delete document.components.schemas.GetReservedSlotOutput_2024_09_04;
  const check = openApi(document);
  const versions = { bookings: "2024-08-13", "event-types": "2024-06-14" };
  return (request) => {
    const errors = check(request);
    const says = (at, words) => errors.push({ at, says: words });
    const { pathname } = new URL(request.url);
    const [, , family, id] = pathname.split("/");
    if (request.headers["cal-api-version"] !== versions[family]) {
      says("header cal-api-version", "is not that of its family");
    }
    if (!/^Bearer cal_[^\s]+$/.test(request.headers.authorization ?? "")) {
      says("header authorization", "is no key");
    }
    if (family === "webhooks" && id && !/^\d+$/.test(id)) says("path webhookId", "is no number");
    if (family === "bookings" && id && id !== "kX2pQ9") says("path bookingUid", "is another uid");
    if (request.body.includes("payloadTemplate")) says("/payloadTemplate", "must not be there");
    return errors;
  };
};

// What each connector has to show: a kind of request that is no longer printed is a hole here.
const providers = {
  telegram: {
    file: "telegram-bot-api-subset.json", checker: telegram,
    parts: ["send", "probe", "connect", "disconnect", "hook status", "pull", "acknowledge"],
  },
  vk: {
    file: "vk-api-subset.json", checker: vk,
    parts: ["send", "probe", "connect", "disconnect", "hook status", "pull", "acknowledge"],
  },
  max: {
    file: "max-bot-api-subset.json", checker: max,
    parts: ["send", "probe", "connect", "disconnect", "hook status", "pull", "acknowledge"],
  },
  whatsapp: {
    file: "whatsapp-cloud-api-subset.json", checker: openApi,
    parts: ["send", "probe", "connect", "hook status"],
  },
  chatwoot: {
    file: "chatwoot-subset.json", checker: chatwoot,
    parts: ["probe", "connect", "disconnect", "hook status", "desk"],
  },
  yookassa: {
    file: "yookassa-v3-subset.json", checker: yookassa,
    parts: ["create", "capture", "cancel", "fetch", "search", "refund", "refund get", "account",
      "payout", "payout get", "payout search", "banks"],
  },
  calcom: {
    file: "calcom-v2-subset.json", checker: calcom,
    parts: ["connect", "disconnect", "hook status", "read"],
  },
};

const [specs, requestsFile] = process.argv.slice(2);
if (!requestsFile) {
  console.error("usage: node check.mjs SPECS REQUESTS");
  process.exit(2);
}
const faults = [];

function checkerOf(provider, withoutRepair) {
  const { file, checker } = providers[provider];
  const document = JSON.parse(readFileSync(join(specs, file), "utf8"));
  for (const repair of repairs) {
    if (repair.provider === provider && repair !== withoutRepair) repair.apply(document);
  }
  return checker(document);
}

const strangerOf = ({ provider, method, url }) =>
  outside.find((one) => one.provider === provider && one.request.test(`${method} ${url}`));

// The errors of a request by its document, or by what gaps.mjs knows of it.
function errorsOf(check, request) {
  const stranger = strangerOf(request);
  if (stranger?.like) return check(stranger.like(request));
  if (!stranger) return check(request);
  return stranger.fits(request) ? [] : [{ at: "/", says: "is not what gaps.mjs allows" }];
}

// ---- one thing wrong -------------------------------------------------------------------------

function* spoiledForm(form) {
  for (const [name, text] of form) {
    const change = (key, value) => {
      const copy = new URLSearchParams(form);
      copy.delete(name);
      copy.append(key, value);
      return copy.toString();
    };
    yield [`${name} renamed`, change(`${name}_x`, text)];
    if (!text.startsWith("{")) continue;
    for (const [what, inner] of spoiled(JSON.parse(text))) {
      yield [name + what, change(name, JSON.stringify(inner))];
    }
  }
}

function* spoiledRequests(request) {
  const url = new URL(request.url);
  for (const [what, query] of spoiledForm(url.searchParams)) {
    yield [`?${what}`, { ...request, url: `${url.origin}${url.pathname}?${query}` }];
  }
  const elsewhere = request.url.replace(url.pathname, `${url.pathname}x`);
  yield ["path renamed", { ...request, url: elsewhere }];
  const method = request.method === "PATCH" ? "PUT" : "PATCH";
  yield ["method replaced", { ...request, method }];
  // Without a body nobody reads what type it is of.
  const type = request.body === "" ? undefined : request.headers["content-type"];
  const bodies = type === "application/json"
    ? [...spoiled(JSON.parse(request.body))].map(([what, body]) => [what, JSON.stringify(body)])
    : type ? spoiledForm(new URLSearchParams(request.body)) : [];
  for (const [what, body] of bodies) yield [what, { ...request, body }];
  const { headers } = request;
  if (type) {
    yield ["text/plain", { ...request, headers: { ...headers, "content-type": "text/plain" } }];
  }
  for (const name of ["authorization", "api_access_token", "idempotence-key"].filter((one) => headers[one])) {
    const { [name]: token, ...others } = headers;
    yield [`no token of ${token.length}`, { ...request, headers: others }];
  }
}

// ---- the check -------------------------------------------------------------------------------

function lowerHeaders(request) {
  const entries = Object.entries(request.headers);
  return { ...request, headers: Object.fromEntries(entries.map(([k, v]) => [k.toLowerCase(), v])) };
}

function checkRequests(provider, requests) {
  const check = checkerOf(provider);
  for (const part of providers[provider].parts) {
    if (!requests.some((request) => request.name.startsWith(`${part}: `))) {
      faults.push(`${provider}: nothing is printed for "${part}"`);
    }
  }
  let spoiledCount = 0;
  for (const request of requests) {
    const errors = errorsOf(check, request);
    for (const { at, says } of errors) {
      faults.push(`${provider}: ${request.name}: ${at} ${says}`);
    }
    const stranger = strangerOf(request);
    if (errors.length > 0 || (stranger && !stranger.like)) continue;
    const documented = stranger ? stranger.like(request) : request;
    for (const [what, wrong] of spoiledRequests(documented)) {
      spoiledCount += 1;
      if (check(wrong).length === 0) {
        faults.push(`${provider}: ${request.name}: passes with ${what}`);
      }
    }
  }
  if (spoiledCount === 0) faults.push(`${provider}: nothing was shown to be refused`);
  return spoiledCount;
}

// A line of gaps.mjs that nothing needs any more would hide the next fault.
function checkGaps(provider, requests) {
  for (const repair of repairs.filter((one) => one.provider === provider)) {
    const strict = checkerOf(provider, repair);
    if (requests.every((request) => errorsOf(strict, request).length === 0)) {
      faults.push(`${provider}: gaps.mjs: no request needs "${repair.what}"`);
    }
  }
  for (const one of outside.filter((other) => other.provider === provider)) {
    if (!requests.some((request) => strangerOf(request) === one)) {
      faults.push(`${provider}: gaps.mjs: no request is ${one.request}`);
    }
  }
}

const lines = readFileSync(requestsFile, "utf8").split("\n").filter((line) => line !== "");
const all = lines.map((line) => lowerHeaders(JSON.parse(line)));
for (const provider of new Set(all.map((request) => request.provider))) {
  if (!providers[provider]) faults.push(`${provider}: there is no document for it here`);
}
for (const provider of Object.keys(providers)) {
  const requests = all.filter((request) => request.provider === provider);
  const spoiledCount = checkRequests(provider, requests);
  checkGaps(provider, requests);
  console.log(`${provider}: ${requests.length} requests, ${spoiledCount} spoiled ones`);
}
for (const fault of faults) console.log(`FAULT ${fault}`);
console.log(faults.length === 0 ? "all requests pass, all spoiled ones are refused" :
  `${faults.length} faults`);
process.exit(faults.length === 0 ? 0 : 1);
