#include "schema.h"

#include "database.h"

namespace mailqueue {

namespace {

constexpr std::int64_t application_id = 0x45784d51;  // "ExMQ"
constexpr std::int64_t schema_version = 3;

// Layout 3. States are stored as the numbers of the enum: 0 queued, 1 in transfer, 2 held, 7 quarantined,
// others: closed.
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

// `warned` counts the steps of waiting that the sender was told of, and is very large for notices, whose
// waiting nobody is told of. It stands before the content, as all that is read
// without it.
constexpr const char* message_tables = R"sql(
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
  envelope_id TEXT NOT NULL,
  headers_only INTEGER NOT NULL,
  warned INTEGER NOT NULL,
  digest BLOB NOT NULL,
  content INTEGER REFERENCES content (id),
  bytes BLOB
) STRICT;
CREATE INDEX message_content ON message (content) WHERE content IS NOT NULL;
CREATE INDEX message_expires ON message (expires);
CREATE INDEX message_warned ON message (priority, warned, received);

CREATE TABLE recipient (
  id INTEGER PRIMARY KEY,
  address TEXT NOT NULL,
  destination TEXT NOT NULL,
  priority INTEGER NOT NULL,
  state INTEGER NOT NULL,
  tried INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  next_attempt INTEGER NOT NULL,
  error TEXT NOT NULL,
  notify INTEGER NOT NULL,
  original TEXT NOT NULL
) STRICT;
CREATE INDEX recipient_order ON recipient (destination, priority) WHERE state = 0;
CREATE INDEX recipient_tried ON recipient (destination, attempts) WHERE state = 0 AND attempts > 0;
)sql";

constexpr const char* other_tables = R"sql(
CREATE TABLE counter (last_message INTEGER NOT NULL) STRICT;

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

constexpr const char* new_in_layout_3 = R"sql(
CREATE TABLE line_time (
  destination TEXT NOT NULL,
  day INTEGER NOT NULL,
  milliseconds INTEGER NOT NULL,
  PRIMARY KEY (destination, day)
) STRICT, WITHOUT ROWID;
-- Mail exchanged with each post office, one row a month (year * 100 + month, local time).
CREATE TABLE traffic (
  post_office TEXT NOT NULL,
  month INTEGER NOT NULL,
  sent INTEGER NOT NULL,
  sent_bytes INTEGER NOT NULL,
  received INTEGER NOT NULL,
  received_bytes INTEGER NOT NULL,
  PRIMARY KEY (post_office, month)
) STRICT, WITHOUT ROWID;
)sql";

// What layout 3 has more than 2: totals that are counted up, walks by time for each priority, and one along
// what is not queued.
constexpr const char* added_by_3 = R"sql(
ALTER TABLE counter ADD COLUMN messages INTEGER NOT NULL DEFAULT 0;
ALTER TABLE counter ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE counter ADD COLUMN queued INTEGER NOT NULL DEFAULT 0;
ALTER TABLE counter ADD COLUMN in_transfer INTEGER NOT NULL DEFAULT 0;
ALTER TABLE counter ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
ALTER TABLE counter ADD COLUMN acknowledged INTEGER NOT NULL DEFAULT 0;
ALTER TABLE counter ADD COLUMN delivered INTEGER NOT NULL DEFAULT 0;
ALTER TABLE counter ADD COLUMN returned INTEGER NOT NULL DEFAULT 0;
ALTER TABLE counter ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE counter ADD COLUMN quarantined INTEGER NOT NULL DEFAULT 0;
DROP INDEX IF EXISTS recipient_due;
CREATE INDEX recipient_due ON recipient (destination, priority, next_attempt) WHERE state = 0;
CREATE INDEX recipient_moved ON recipient (state) WHERE state <> 0;
)sql";

constexpr const char* count_totals = R"sql(
UPDATE counter SET
  messages = (SELECT count(*) FROM message),
  bytes = (SELECT coalesce(sum(size), 0) FROM message),
  queued = (SELECT count(*) FROM recipient WHERE state = 0),
  in_transfer = (SELECT count(*) FROM recipient WHERE state = 1),
  held = (SELECT count(*) FROM recipient WHERE state = 2),
  acknowledged = (SELECT count(*) FROM recipient WHERE state = 3),
  delivered = (SELECT count(*) FROM recipient WHERE state = 4),
  returned = (SELECT count(*) FROM recipient WHERE state = 5),
  deleted = (SELECT count(*) FROM recipient WHERE state = 6),
  quarantined = (SELECT count(*) FROM recipient WHERE state = 7);
)sql";

// New in layout 3.
constexpr const char* call_record_table = R"sql(
CREATE TABLE call_record (
  post_office TEXT PRIMARY KEY,
  failures INTEGER NOT NULL,
  repeats INTEGER NOT NULL,
  cause TEXT NOT NULL,
  error TEXT NOT NULL,
  failed INTEGER NOT NULL,
  until INTEGER NOT NULL,
  undialable INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
)sql";

// Kinds are the numbers of the enum Held.
constexpr const char* held_table = R"sql(
CREATE TABLE held (
  kind INTEGER NOT NULL,
  name TEXT NOT NULL,
  since INTEGER NOT NULL,
  PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;
)sql";

// From layout 1, where every content was a row of its own, recipients were numbered one by one, and triggers
// counted what waits.
constexpr const char* before_upgrade_1 = R"sql(
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

constexpr const char* after_upgrade_1 = R"sql(
INSERT INTO message (id, received, size, key, sender, priority, accepted, useful_life, expires, hops, envelope_id,
    headers_only, warned, digest, content, bytes)
  SELECT o.id, coalesce((SELECT min(time) FROM old_history WHERE message = o.id), o.accepted), o.size, o.key,
    o.sender, o.priority, o.accepted, o.useful_life, o.expires, o.hops, '', 0,
    CASE WHEN o.sender = '' THEN 2147483647 ELSE 0 END, o.digest, o.content, NULL
    FROM old_message o;
INSERT INTO counter (last_message) SELECT last FROM old_counter;
INSERT INTO recipient (id, address, destination, priority, state, tried, attempts, next_attempt, error, notify,
    original)
  SELECT (r.message << 20) + row_number() OVER (PARTITION BY r.message ORDER BY r.id) - 1, r.address,
    r.destination, r.priority, r.state, r.state = 1, r.attempts, r.next_attempt, r.error,
    CASE WHEN m.receipt THEN 7 ELSE 6 END, '' FROM old_recipient r JOIN old_message m ON m.id = r.message;
INSERT OR IGNORE INTO seen SELECT key, address, time FROM old_seen;
INSERT INTO history SELECT id, message, time, text, NULL, NULL FROM old_history WHERE NOT
  (text LIKE 'accepted from %' AND message IN (SELECT id FROM message));
DROP TABLE old_message;
DROP TABLE old_recipient;
DROP TABLE old_seen;
DROP TABLE old_history;
DROP TABLE old_counter;
)sql";

// From layout 2, where a receipt was wanted for all recipients or for none.
constexpr const char* before_upgrade_2 = R"sql(
DROP INDEX message_content;
DROP INDEX message_expires;
DROP INDEX recipient_order;
DROP INDEX recipient_due;
DROP INDEX recipient_tried;
ALTER TABLE message RENAME TO old_message;
ALTER TABLE recipient RENAME TO old_recipient;
)sql";

constexpr const char* after_upgrade_2 = R"sql(
INSERT INTO message (id, received, size, key, sender, priority, accepted, useful_life, expires, hops, envelope_id,
    headers_only, warned, digest, content, bytes)
  SELECT id, received, size, key, sender, priority, accepted, useful_life, expires, hops, '', 0,
    CASE WHEN sender = '' THEN 2147483647 ELSE 0 END, digest, content, bytes FROM old_message;
INSERT INTO recipient (id, address, destination, priority, state, tried, attempts, next_attempt, error, notify,
    original)
  SELECT r.id, r.address, r.destination, r.priority, r.state, r.tried, r.attempts, r.next_attempt, r.error,
    CASE WHEN m.receipt THEN 7 ELSE 6 END, '' FROM old_recipient r JOIN old_message m ON m.id = r.id >> 20;
DROP TABLE old_recipient;
DROP TABLE old_message;
)sql";

enum class Found { nothing, layout_1, layout_2, queue };

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
  if (version == 1 && has_tables) return Found::layout_1;
  if (version == 2 && has_tables) return Found::layout_2;
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
  database.script("PRAGMA synchronous = FULL; PRAGMA auto_vacuum = INCREMENTAL;");
  database.use_log();
  Transaction transaction(database);
  if (look(database) == Found::queue) return;  // another program was faster
  database.script(unchanged_tables);
  database.script(message_tables);
  database.script(other_tables);
  database.script(new_in_layout_3);
  database.script(call_record_table);
  database.script(held_table);
  database.script("INSERT INTO counter (last_message) VALUES (0)");
  database.script(added_by_3);
  mark(database);
  transaction.commit();
}

void upgrade(Database& database) {
  Transaction transaction(database);
  const Found found = look(database);
  if (found == Found::queue) return;  // another program was faster
  database.script(found == Found::layout_1 ? before_upgrade_1 : before_upgrade_2);
  database.script(message_tables);
  if (found == Found::layout_1) database.script(other_tables);
  database.script(found == Found::layout_1 ? after_upgrade_1 : after_upgrade_2);
  database.script(new_in_layout_3);
  database.script(call_record_table);
  database.script(held_table);
  database.script(added_by_3);
  database.script(count_totals);
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
  database.use_log();
  database.script("PRAGMA journal_size_limit = 67108864;");
  if (found == Found::layout_1 || found == Found::layout_2) upgrade(database);
  // Some builds of SQLite write zeros over every page that becomes free, which costs as much as the mail
  // itself; FAST does so only within pages that are written anyway. A longer log is copied back less often,
  // and by then much of the mail in it has come and gone.
  database.script(
      "PRAGMA foreign_keys = ON; PRAGMA secure_delete = FAST; PRAGMA cache_size = -8000;"
      "PRAGMA wal_autocheckpoint = 4000;");
}

}  // namespace mailqueue
