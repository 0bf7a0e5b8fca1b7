// Opens: that a mail program fetched the picture of a message. A hint and no more, for proxies and
// scanners fetch it too: it stands on the timeline, and neither the message nor the lead changes by
// it. Caller: the page of the picture.
#pragma once

#include "core/app.h"
#include "core/base/id.h"
#include "core/base/result.h"

namespace flead::channels {

// Whether an open of this message would be news: sent to a lead, not opened before, and its tenant
// wants to know (`email.open_pixel`). Reads only.
Result<bool> awaits_open(const App& app, store::Tx& tx, const MessageId& message);
// The event `message.opened`, once per message; later opens change nothing.
Status note_open(App& app, store::Tx& tx, const MessageId& message);

}  // namespace flead::channels
