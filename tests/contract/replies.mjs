// Holds every reply and notification of YooKassa's double against the vendor's own schema.
//
//   node replies.mjs SPECS REPLIES
//
// REPLIES is what the program beside this file (replies.cpp) printed. Exit 1 and a line for each
// fault. As in check.mjs, that this can fail is a part of it: in each reply each member is renamed
// and each value is replaced in its turn, and every such reply has to be refused.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { replyRepairs } from "./gaps.mjs";
import { compiler } from "./schema.mjs";
import { spoiled } from "./spoil.mjs";

const [specs, repliesFile] = process.argv.slice(2);
if (!repliesFile) {
  console.error("usage: node replies.mjs SPECS REPLIES");
  process.exit(2);
}

// A document lists the refusals of a call, and not for every call all of those that there are.
const refusals = {
  400: "BadRequest", 401: "InvalidCredentials", 403: "Forbidden", 404: "NotFound",
  429: "TooManyRequests", 500: "InternalServerError",
};
// What a notification is about, and the events that the provider's page lists.
const told = {
  "payment.waiting_for_capture": "Payment", "payment.succeeded": "Payment",
  "payment.canceled": "Payment", "refund.succeeded": "Refund",
  "payout.succeeded": "Payout", "payout.canceled": "Payout",
};
const wantedCalls = [
  "POST /payments", "GET /payments", "GET /payments/{payment_id}",
  "POST /payments/{payment_id}/capture", "POST /payments/{payment_id}/cancel",
  "POST /refunds", "GET /refunds", "GET /refunds/{refund_id}",
  "POST /receipts", "GET /receipts", "GET /receipts/{receipt_id}",
  "POST /payment_methods", "GET /payment_methods/{payment_method_id}",
  "POST /payouts", "GET /payouts", "GET /payouts/search", "GET /payouts/{payout_id}",
  "GET /sbp_banks", "GET /me", "POST /personal_data", "GET /personal_data/{personal_data_id}",
];

function readDocument(withoutRepair) {
  const document = JSON.parse(readFileSync(join(specs, "yookassa-v3-subset.json"), "utf8"));
  for (const repair of replyRepairs) {
    if (repair !== withoutRepair) repair.apply(document);
  }
  return document;
}

function checkerOf(document) {
  const compile = compiler(document.components.schemas);
  const validators = new Map();
  const known = (key, schema) => {
    if (!validators.has(key)) validators.set(key, compile(schema));
    return validators.get(key);
  };
  const component = (name) => document.components.responses[name].content["application/json"].schema;

  function template(path) {
    const given = path.split("/");
    const fits = Object.keys(document.paths).filter((one) => {
      const parts = one.split("/");
      return parts.length === given.length &&
        parts.every((part, i) => part.startsWith("{") || part === given[i]);
    });
    return fits.sort((a, b) => a.split("{").length - b.split("{").length)[0];
  }

  function schemaOf({ method, path, status }) {
    const place = template(path);
    const operation = place && document.paths[place][method.toLowerCase()];
    if (!operation) return undefined;
    if (status !== 200) return refusals[status] && component(refusals[status]);
    return operation.responses["200"].content["application/json"].schema;
  }

  function errorsOf(line, value) {
    if (line.what === "notification") {
      const { type, event, object, ...others } = value;
      const shape = type === "notification" && event === line.name &&
        Object.keys(others).length === 0;
      if (!shape) return [{ at: "/", says: "is no notification" }];
      const schema = line.name === "payment_method.active"
        ? document.paths["/payment_methods/{payment_method_id}"].get.responses["200"]
          .content["application/json"].schema
        : { $ref: `#/components/schemas/${told[line.name]}` };
      return known(`told ${line.name}`, schema)(object);
    }
    const schema = schemaOf(line);
    if (!schema) return [{ at: "/", says: "is of no call in the document" }];
    return known(`${line.method} ${template(line.path)} ${line.status}`, schema)(value);
  }
  return { errorsOf, template };
}

const lines = readFileSync(repliesFile, "utf8").split("\n").filter((line) => line !== "")
  .map((line) => JSON.parse(line));
const faults = [];
const { errorsOf, template } = checkerOf(readDocument());
let spoiledCount = 0;
for (const line of lines) {
  const value = JSON.parse(line.body);
  const errors = errorsOf(line, value);
  for (const { at, says } of errors) faults.push(`${line.what} ${line.name}: ${at} ${says}`);
  if (errors.length > 0) continue;
  for (const [what, wrong] of spoiled(value)) {
    // Names of metadata are anybody's.
    if (/\/metadata\/[^/]+ renamed$/.test(what)) continue;
    spoiledCount += 1;
    if (errorsOf(line, wrong).length === 0) {
      faults.push(`${line.what} ${line.name}: passes with ${what}`);
    }
  }
}
const good = lines.filter((line) => line.what === "reply" && line.status === 200);
const seen = new Set(good.map(({ method, path }) => `${method} ${template(path)}`));
for (const call of wantedCalls) {
  if (!seen.has(call)) faults.push(`nothing is printed for ${call}`);
}
for (const status of Object.keys(refusals)) {
  if (!lines.some((line) => line.status === Number(status))) {
    faults.push(`nothing is printed with ${status}`);
  }
}
const events = new Set(lines.filter(({ what }) => what === "notification").map(({ name }) => name));
for (const event of [...Object.keys(told), "payment_method.active"]) {
  if (!events.has(event)) faults.push(`nothing is told of ${event}`);
}
for (const repair of replyRepairs) {
  const strict = checkerOf(readDocument(repair));
  if (lines.every((line) => strict.errorsOf(line, JSON.parse(line.body)).length === 0)) {
    faults.push(`gaps.mjs: no reply needs "${repair.what}"`);
  }
}
console.log(`yookassa: ${lines.length} replies and notifications, ${spoiledCount} spoiled ones`);
for (const fault of faults) console.log(`FAULT ${fault}`);
console.log(faults.length === 0 ? "all replies pass, all spoiled ones are refused" :
  `${faults.length} faults`);
process.exit(faults.length === 0 ? 0 : 1);
