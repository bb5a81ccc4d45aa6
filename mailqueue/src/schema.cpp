#include "schema.h"

#include "database.h"

namespace mailqueue {

namespace {

constexpr std::int64_t application_id = 0x45784d51;  // "ExMQ"
constexpr std::int64_t schema_version = 3;

// Layout 2, and below what later ones added. States are stored as the numbers of the enum: 0 queued, 1 in
// transfer, 2 held, 7 quarantined, others: closed.
//
// `waiting` is what due() reads, because counting a long queue each time would be slow. A message counts once
// for each destination that has a queued recipient of it.
constexpr const char* unchanged_tables = R"sql(
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
)sql";

constexpr const char* tables = R"sql(
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

// Kinds are the numbers of the enum Held.
constexpr const char* added_by_layout_3 = R"sql(
CREATE TABLE held (
  kind INTEGER NOT NULL,
  name TEXT NOT NULL,
  since INTEGER NOT NULL,
  PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX recipient_aside ON recipient (state, id, destination) WHERE state IN (2, 7);
)sql";

// From layout 1, where every content was a row of its own, recipients were numbered one by one, and triggers
// counted what waits.
constexpr const char* before_upgrade = R"sql(
DROP TRIGGER recipient_new;
DROP TRIGGER recipient_again;
DROP TRIGGER recipient_left;
CREATE TEMP TABLE old_message AS SELECT m.*, c.digest FROM message m JOIN content c ON c.id = m.content;
CREATE TEMP TABLE old_recipient AS SELECT * FROM recipient;
CREATE TEMP TABLE old_seen AS SELECT * FROM seen;
CREATE TEMP TABLE old_history AS SELECT * FROM history;
CREATE TEMP TABLE old_counter AS SELECT coalesce(max(seq), 0) AS last FROM sqlite_sequence WHERE name = 'message';
DROP TABLE recipient;
DROP TABLE message;
DROP TABLE seen;
DROP TABLE history;
ALTER TABLE content DROP COLUMN digest;
ALTER TABLE content ADD COLUMN file TEXT;
)sql";

constexpr const char* after_upgrade = R"sql(
INSERT INTO message SELECT o.id, coalesce((SELECT min(time) FROM old_history WHERE message = o.id), o.accepted),
  o.size, o.key, o.sender, o.priority, o.accepted, o.useful_life, o.expires, o.hops, o.receipt, o.digest,
  o.content, NULL FROM old_message o;
INSERT INTO counter SELECT last FROM old_counter;
INSERT INTO recipient
  SELECT (message << 20) + row_number() OVER (PARTITION BY message ORDER BY id) - 1, address, destination,
    priority, state, state = 1, attempts, next_attempt, error FROM old_recipient;
INSERT OR IGNORE INTO seen SELECT key, address, time FROM old_seen;
INSERT INTO history SELECT id, message, time, text, NULL, NULL FROM old_history WHERE NOT
  (text LIKE 'accepted from %' AND message IN (SELECT id FROM message));
DROP TABLE old_message;
DROP TABLE old_recipient;
DROP TABLE old_seen;
DROP TABLE old_history;
DROP TABLE old_counter;
)sql";

enum class Found { nothing, older_queue, queue };

/// To be called in a transaction.
Found look(Database& database) {
  const std::int64_t id = database.number("PRAGMA application_id");
  const std::int64_t version = database.number("PRAGMA user_version");
  const bool has_tables = database.number("SELECT count(*) FROM sqlite_schema") > 0;
  if (id == 0 && version == 0 && !has_tables) return Found::nothing;
  if (id != application_id) {
    throw Error(ErrorKind::foreign,
                database.path() + " is a database of another program, not a mail queue; name another file");
  }
  if (version > schema_version) {
    throw Error(ErrorKind::newer, "mail queue " + database.path() + ": made by a newer version (layout " +
                                      std::to_string(version) + ", this program knows " +
                                      std::to_string(schema_version) + "); update this program");
  }
  if ((version == 1 || version == 2) && has_tables) return Found::older_queue;
  if (version != schema_version || !has_tables) {
    throw Error(ErrorKind::corrupt, "mail queue " + database.path() + ": has the unknown layout " +
                                        std::to_string(version) +
                                        "; keep a copy of the file and restore it, or move it away");
  }
  return Found::queue;
}

Found look_now(Database& database) {
  const Transaction moment(database, Transaction::Kind::read);
  return look(database);
}

void mark(Database& database) {
  database.script(("PRAGMA application_id = " + std::to_string(application_id) +
                   "; PRAGMA user_version = " + std::to_string(schema_version))
                      .c_str());
}

void create(Database& database) {
  // These have an effect only before the first table, and outside of transactions.
  database.script("PRAGMA synchronous = FULL; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;");
  Transaction transaction(database);
  if (look(database) == Found::queue) return;  // another program was faster
  database.script(unchanged_tables);
  database.script(tables);
  database.script(added_by_layout_3);
  database.script("INSERT INTO counter VALUES (0)");
  mark(database);
  transaction.commit();
}

void upgrade(Database& database) {
  Transaction transaction(database);
  if (look(database) != Found::older_queue) return;  // another program was faster
  if (database.number("PRAGMA user_version") == 1) {
    database.script(before_upgrade);
    database.script(tables);
    database.script(after_upgrade);
  }
  database.script(added_by_layout_3);
  mark(database);
  transaction.commit();
}

}  // namespace

void prepare_schema(Database& database) {
  const Found found = look_now(database);
  if (found == Found::nothing) create(database);
  if (database.read_only()) {
    throw Error(ErrorKind::read_only,
                "mail queue " + database.path() +
                    ": cannot be written; make the file and its folder writable for this user");
  }
  database.script(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864;");
  if (found == Found::older_queue) upgrade(database);
  // Some builds of SQLite write zeros over every page that becomes free, which costs as much as the mail
  // itself; FAST does so only within pages that are written anyway. A longer log is copied back less often,
  // and by then much of the mail in it has come and gone.
  database.script(
      "PRAGMA foreign_keys = ON; PRAGMA secure_delete = FAST; PRAGMA cache_size = -8000;"
      "PRAGMA wal_autocheckpoint = 4000;");
}

}  // namespace mailqueue
