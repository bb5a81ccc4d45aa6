#include "schema.h"

#include "database.h"

namespace mailqueue {

namespace {

constexpr std::int64_t application_id = 0x45784d51;  // "ExMQ"
constexpr std::int64_t schema_version = 1;

// States are stored as the numbers of the enum: 0 queued, 1 in transfer, 2 held, more: closed.
//
// `waiting` is what due() reads: kept by triggers, because counting a long queue each time would be slow. A
// message counts once for each destination that has a queued recipient of it. Rows of recipients are deleted
// only when they are closed, so that no trigger has to look after deletions.
constexpr const char* tables = R"sql(
CREATE TABLE content (
  id INTEGER PRIMARY KEY,
  complete INTEGER NOT NULL,
  transfer_key TEXT UNIQUE,
  announced INTEGER,
  size INTEGER NOT NULL,
  digest BLOB,
  touched INTEGER NOT NULL,
  owner INTEGER NOT NULL
) STRICT;
CREATE INDEX content_partial ON content (touched) WHERE complete = 0;

CREATE TABLE chunk (
  content INTEGER NOT NULL REFERENCES content (id) ON DELETE CASCADE,
  start INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (content, start)
) STRICT;

CREATE TABLE message (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  content INTEGER NOT NULL UNIQUE REFERENCES content (id),
  size INTEGER NOT NULL,
  key TEXT NOT NULL,
  sender TEXT NOT NULL,
  priority INTEGER NOT NULL,
  accepted INTEGER NOT NULL,
  useful_life INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  hops TEXT NOT NULL,
  receipt INTEGER NOT NULL
) STRICT;
CREATE INDEX message_expires ON message (expires);

CREATE TABLE recipient (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  message INTEGER NOT NULL REFERENCES message (id) ON DELETE CASCADE,
  address TEXT NOT NULL,
  destination TEXT NOT NULL,
  priority INTEGER NOT NULL,
  state INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  next_attempt INTEGER NOT NULL,
  error TEXT NOT NULL
) STRICT;
CREATE INDEX recipient_message ON recipient (message, destination, state);
CREATE INDEX recipient_order ON recipient (destination, priority, message, next_attempt) WHERE state = 0;
CREATE INDEX recipient_due ON recipient (destination, next_attempt) WHERE state = 0;
CREATE INDEX recipient_tried ON recipient (destination, attempts) WHERE state = 0 AND attempts > 0;
CREATE INDEX recipient_moving ON recipient (message) WHERE state = 1;

CREATE TABLE waiting (
  destination TEXT PRIMARY KEY,
  messages INTEGER NOT NULL,
  bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER recipient_new AFTER INSERT ON recipient
WHEN new.state = 0 AND 1 = (SELECT count(*) FROM (SELECT 1 FROM recipient
    WHERE message = new.message AND destination = new.destination AND state = 0 LIMIT 2))
BEGIN
  INSERT INTO waiting SELECT new.destination, 1, size FROM message WHERE id = new.message
    ON CONFLICT DO UPDATE SET messages = messages + 1, bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER recipient_again AFTER UPDATE OF state ON recipient
WHEN old.state <> 0 AND new.state = 0 AND 1 = (SELECT count(*) FROM (SELECT 1 FROM recipient
    WHERE message = new.message AND destination = new.destination AND state = 0 LIMIT 2))
BEGIN
  INSERT INTO waiting SELECT new.destination, 1, size FROM message WHERE id = new.message
    ON CONFLICT DO UPDATE SET messages = messages + 1, bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER recipient_left AFTER UPDATE OF state ON recipient
WHEN old.state = 0 AND new.state <> 0 AND NOT EXISTS (SELECT 1 FROM recipient
    WHERE message = new.message AND destination = new.destination AND state = 0)
BEGIN
  UPDATE waiting SET messages = messages - 1, bytes = bytes - (SELECT size FROM message WHERE id = new.message)
    WHERE destination = new.destination;
  DELETE FROM waiting WHERE destination = new.destination AND messages = 0;
END;

CREATE TABLE seen (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL,
  address TEXT NOT NULL,
  time INTEGER NOT NULL,
  UNIQUE (key, address)
) STRICT;

CREATE TABLE history (
  id INTEGER PRIMARY KEY,
  message INTEGER NOT NULL,
  time INTEGER NOT NULL,
  text TEXT NOT NULL
) STRICT;
CREATE INDEX history_message ON history (message);
)sql";

enum class Found { nothing, queue };

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

void create(Database& database) {
  // These have an effect only before the first table, and outside of transactions.
  database.script("PRAGMA synchronous = FULL; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;");
  Transaction transaction(database);
  if (look(database) == Found::queue) return;  // another program was faster
  database.script(tables);
  database.script(("PRAGMA application_id = " + std::to_string(application_id) +
                   "; PRAGMA user_version = " + std::to_string(schema_version))
                      .c_str());
  transaction.commit();
}

}  // namespace

void prepare_schema(Database& database) {
  if (look_now(database) == Found::nothing) create(database);
  if (database.read_only()) {
    throw Error(ErrorKind::read_only,
                "mail queue " + database.path() +
                    ": cannot be written; make the file and its folder writable for this user");
  }
  database.script(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
      "PRAGMA journal_size_limit = 67108864;");
}

}  // namespace mailqueue
