// Queues of layout 2.

#include "support.h"

#include <sqlite3.h>

namespace mailqueue::test {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

// As it was made.
constexpr const char* layout_2 = R"sql(
PRAGMA auto_vacuum = INCREMENTAL;
PRAGMA journal_mode = WAL;
PRAGMA application_id = 1165512017;
PRAGMA user_version = 2;
CREATE TABLE content (
  id INTEGER PRIMARY KEY,
  complete INTEGER NOT NULL,
  transfer_key TEXT UNIQUE,
  announced INTEGER,
  size INTEGER NOT NULL,
  touched INTEGER NOT NULL,
  owner INTEGER NOT NULL,
  file TEXT
) STRICT;
CREATE INDEX content_partial ON content (touched) WHERE complete = 0;

CREATE TABLE chunk (
  content INTEGER NOT NULL REFERENCES content (id) ON DELETE CASCADE,
  start INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (content, start)
) STRICT;

CREATE TABLE waiting (
  destination TEXT PRIMARY KEY,
  messages INTEGER NOT NULL,
  bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE message (
  id INTEGER PRIMARY KEY,
  received INTEGER NOT NULL,
  size INTEGER NOT NULL,
  key TEXT NOT NULL,
  sender TEXT NOT NULL,
  priority INTEGER NOT NULL,
  accepted INTEGER NOT NULL,
  useful_life INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  hops TEXT NOT NULL,
  receipt INTEGER NOT NULL,
  digest BLOB NOT NULL,
  content INTEGER REFERENCES content (id),
  bytes BLOB
) STRICT;
CREATE INDEX message_content ON message (content) WHERE content IS NOT NULL;
CREATE INDEX message_expires ON message (expires);

CREATE TABLE counter (last_message INTEGER NOT NULL) STRICT;

CREATE TABLE recipient (
  id INTEGER PRIMARY KEY,
  address TEXT NOT NULL,
  destination TEXT NOT NULL,
  priority INTEGER NOT NULL,
  state INTEGER NOT NULL,
  tried INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  next_attempt INTEGER NOT NULL,
  error TEXT NOT NULL
) STRICT;
CREATE INDEX recipient_order ON recipient (destination, priority) WHERE state = 0;
CREATE INDEX recipient_due ON recipient (destination, next_attempt) WHERE state = 0;
CREATE INDEX recipient_tried ON recipient (destination, attempts) WHERE state = 0 AND attempts > 0;

CREATE TABLE seen (
  key TEXT NOT NULL,
  address TEXT NOT NULL,
  time INTEGER NOT NULL,
  PRIMARY KEY (key, address)
) STRICT, WITHOUT ROWID;

CREATE TABLE history (
  id INTEGER PRIMARY KEY,
  message INTEGER NOT NULL,
  time INTEGER NOT NULL,
  text TEXT NOT NULL,
  received INTEGER,
  origin TEXT
) STRICT;
CREATE INDEX history_message ON history (message);
)sql";

// Message 1, "text" for a (queued), b (held) and c (acknowledged).
constexpr const char* mail_2 = R"sql(
INSERT INTO message VALUES (1, 1000000, 4, 'k1', 'NORTH/CLINIC/ANN', 1, 1000000, 60, 61000000, '', 0,
  x'982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1', NULL, CAST('text' AS BLOB));
INSERT INTO recipient VALUES ((1 << 20), 'a', 'SOUTH/HUB', 1, 0, 0, 2, 2000000, 'BUSY'),
  ((1 << 20) + 1, 'b', 'SOUTH/HUB', 1, 2, 0, 0, 1000000, ''),
  ((1 << 20) + 2, 'c', 'OTHER', 1, 3, 1, 0, 1000000, '');
INSERT INTO waiting VALUES ('SOUTH/HUB', 1, 4);
INSERT INTO seen VALUES ('k1', 'a', 1000000);
INSERT INTO counter VALUES (1);
)sql";

TEST(UpgradeFrom2, KeepsTheMailAndWhatIsHeld) {
  const Folder folder;
  sqlite3* raw = nullptr;
  sqlite3_open(folder.queue().c_str(), &raw);
  for (const char* sql : {layout_2, mail_2})
    EXPECT_EQ(sqlite3_exec(raw, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(raw);
  sqlite3_close(raw);

  for (int opening = 0; opening < 2; ++opening) {
    Queue queue(folder.queue());
    queue.check();
    const MessageView view = queue.show(1).value();
    ASSERT_THAT(view.recipients, SizeIs(3));
    EXPECT_EQ(view.recipients[0].error, "BUSY");
    EXPECT_THAT(queue.list({.state = State::held}), SizeIs(1));
    EXPECT_EQ(queue.set_aside().at(0).held, 1u);
    EXPECT_THAT(queue.held(Held::destination), SizeIs(opening));
    queue.hold(Held::destination, "SOUTH/HUB", noon);
    EXPECT_THAT(queue.seen("k1", {"a"}), ElementsAre("a"));
  }
}

}  // namespace
}  // namespace mailqueue::test
