// Where the documents in ../shared/providers/specs are known to be wrong or to end: nothing else is
// let through. Each `repair` says why; check.mjs proves that each is still needed, so a newer
// document that has the thing makes the check fail until the line here is deleted.

const schemas = (document) => document.components.schemas;
const without = (list, ...names) => list.filter((name) => !names.includes(name));

export const repairs = [
  {
    provider: "max",
    what: "NewMessageBody needs neither attachments nor link",
    why: "its lists of required members are stricter than the real server (specs/README.md)",
    apply(document) {
      const body = schemas(document).NewMessageBody;
      body.required = without(body.required, "attachments", "link");
    },
  },
  {
    provider: "vk",
    what: "a keyboard needs no one_time",
    why: "VK's page on keyboards: not allowed in an inline one, which the description forgets",
    apply(document) {
      const { messages_keyboard: keyboard } = document.definitions["messages/objects.json"];
      delete keyboard.properties.one_time.required;
    },
  },
  {
    provider: "vk",
    what: 'a button may be "secondary"',
    why: 'VK\'s page on keyboards has primary, secondary, positive, negative; "default" is older',
    apply(document) {
      const { messages_keyboard_button: button } = document.definitions["messages/objects.json"];
      button.properties.color.enum.push("secondary");
    },
  },
  {
    provider: "whatsapp",
    what: "biz_opaque_callback_data",
    why: "missing in the document (specs/README.md); statuses bring it back to us",
    apply(document) {
      schemas(document).BaseMessageProperties.properties.biz_opaque_callback_data =
        { type: "string", minLength: 1, maxLength: 512 };
    },
  },
  {
    provider: "whatsapp",
    what: "recipient in the place of to",
    why: "the document is older than business-scoped user ids (specs/README.md)",
    apply(document) {
      const base = schemas(document).BaseMessageProperties;
      base.properties.recipient = { type: "string", pattern: "^[A-Z]{2}\\.[A-Za-z0-9]{1,128}$" };
      base.required = without(base.required, "to");
      base.oneOf = [{ required: ["to"] }, { required: ["recipient"] }];
    },
  },
  {
    provider: "whatsapp",
    what: "interactive messages of the type cta_url",
    why: "missing in the document (specs/README.md)",
    apply(document) {
      const { InteractiveObject: interactive, ActionObject: action } = schemas(document);
      interactive.properties.type.enum.push("cta_url");
      action.oneOf.push({
        required: ["name", "parameters"],
        properties: {
          name: { enum: ["cta_url"] },
          parameters: {
            type: "object",
            required: ["display_text", "url"],
            properties: {
              display_text: { type: "string", minLength: 1, maxLength: 20 },
              url: { type: "string", format: "uri" },
            },
          },
        },
      });
    },
  },
  {
    provider: "whatsapp",
    what: "a template's language needs no policy",
    why: "required by LanguageObject, and left out by the document's own examples of templates",
    apply(document) {
      const { LanguageObject: language } = schemas(document);
      language.required = without(language.required, "policy");
    },
  },
  {
    provider: "whatsapp",
    what: "a template's button has an index from 0",
    why: 'its pattern "^[2-6, 11-14]$" is a set of characters by mistake: the examples beside it ' +
      'have the index "0"',
    apply(document) {
      const { TemplateComponent: component, ButtonComponent: button } = schemas(document);
      for (const { properties } of [component, button.allOf[1]]) {
        properties.index.pattern = "^[0-9]$";
      }
    },
  },
  {
    provider: "chatwoot",
    what: "a message has a source_id",
    why: "missing in the document; the server stores it and calls with it (providers/chatwoot.md)",
    apply(document) {
      schemas(document).conversation_message_create_payload.properties.source_id =
        { type: "string", minLength: 1 };
    },
  },
  {
    provider: "chatwoot",
    what: "an inbox of the type api has a webhook_url",
    why: "missing in the document; the server's own form of that channel sends it",
    apply(document) {
      const { channel } = schemas(document).inbox_create_payload.properties;
      const kinds = channel.oneOf ?? channel.anyOf ?? [channel];
      for (const kind of kinds) kind.properties.webhook_url = { type: "string" };
    },
  },
];

const header = (request, name) => request.headers[name] ?? "";
const bearer = (request) => /^Bearer \S+$/.test(header(request, "authorization"));
const dialogKey = (request) => /^\S+$/.test(header(request, "d360-api-key"));
const has = (object, names) => Object.keys(object).sort().join() === [...names].sort().join();

function isWebhook({ body }) {
  const { url, headers, ...others } = JSON.parse(body);
  return /^https:/.test(url) && has(headers, ["x-flead-token"]) && has(others, []);
}

// Requests that no document describes. `like` is the request of a document with the same body;
// `fits` is all that is known of the others.
export const outside = [
  {
    provider: "whatsapp",
    request: /^(GET|POST) https:\/\/graph\.facebook\.com\/v\d+\.\d+\/\d+\/subscribed_apps$/,
    why: "the subset has no business accounts",
    fits: (request) => bearer(request) && request.body === "",
  },
  {
    provider: "whatsapp",
    request: /^POST https:\/\/waba-v2\.360dialog\.io\/messages$/,
    why: "360dialog has no document: its bodies are Meta's, its path and its header are not",
    like: ({ headers: { "d360-api-key": key, ...headers }, ...request }) => ({
      ...request,
      url: "https://graph.facebook.com/v23.0/1065/messages",
      headers: key ? { ...headers, authorization: `Bearer ${key}` } : headers,
    }),
  },
  {
    provider: "whatsapp",
    request: /^POST https:\/\/waba-v2\.360dialog\.io\/v1\/configs\/webhook$/,
    why: "360dialog has no document",
    fits: (request) => dialogKey(request) && isWebhook(request),
  },
  {
    provider: "whatsapp",
    request: /^GET https:\/\/waba-v2\.360dialog\.io\/health_status\?fields=[a-z_,]+$/,
    why: "360dialog has no document",
    fits: (request) => dialogKey(request) && request.body === "",
  },
  {
    provider: "chatwoot",
    request: /^PATCH https:\/\/app\.chatwoot\.com\/api\/v1\/accounts\/7\/conversations\/42\/messages\/77$/,
    why: "in the server since 4.1 (messages_controller), not in the document",
    fits: ({ headers, body }) => {
      const { status, ...others } = JSON.parse(body);
      return ["delivered", "read", "failed"].includes(status) &&
        has(others, status === "failed" ? ["external_error"] : []) &&
        /^\S+$/.test(headers.api_access_token ?? "");
    },
  },
  {
    provider: "vk",
    request: /^GET https:\/\/lp\.vk\.ru\/\w+\?/,
    why: "a poll goes to an address that a method gave: the description is of methods",
    fits: ({ url, headers, body }) => {
      const query = new URL(url).searchParams;
      return query.get("act") === "a_check" && /^\d+$/.test(query.get("wait")) && body === "" &&
        has(Object.fromEntries(query), ["act", "key", "ts", "wait"]) && !headers.authorization;
    },
  },
];

// The same for what doubles answer: replies.mjs proves that each is still needed.
export const replyRepairs = [
  {
    what: "a 500 has a code of its own",
    why: "the document gives it the body of a 429; yookassa.md has internal_server_error",
    apply({ components }) {
      components.responses.InternalServerError.content["application/json"].schema = {
        allOf: [
          { $ref: "#/components/schemas/Error" },
          { type: "object", properties: { code: { enum: ["internal_server_error"] } } },
        ],
      };
    },
  },
];
