// Queues made by earlier versions.

#include "support.h"

#include <sqlite3.h>

namespace mailqueue::test::upgrade_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Layout 1 as it was made, before the mail.
constexpr const char* layout_1 = R"sql(
PRAGMA auto_vacuum = INCREMENTAL;
PRAGMA journal_mode = WAL;
PRAGMA application_id = 1165512017;
PRAGMA user_version = 1;
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

// Message 5, "1234567890" in two pieces, for a (queued, tried once), b (in transfer) and x (acknowledged);
// 4 messages went before, and the last number given was 7.
constexpr const char* mail_1 = R"sql(
INSERT INTO content VALUES (3, 1, NULL, NULL, 10,
  x'c775e7b757ede630cd0aa1113bd102661ab38829ca52a6422ab782862f268646', 1000000, 0);
INSERT INTO chunk VALUES (3, 0, CAST('12345' AS BLOB)), (3, 5, CAST('67890' AS BLOB));
INSERT INTO message VALUES (5, 3, 10, 'k5', 'NORTH/CLINIC/ANN', 1, 1000000, 60, 61000000, 'NORTH/CLINIC' || char(10), 1);
INSERT INTO recipient VALUES (11, 5, 'a', 'SOUTH/HUB', 1, 0, 1, 2000000, 'BUSY'),
  (12, 5, 'b', 'SOUTH/HUB', 1, 1, 0, 1000000, ''), (14, 5, 'x', 'OTHER', 1, 3, 0, 1000000, '');
INSERT INTO seen (key, address, time) VALUES ('k5', 'a', 1000000), ('k4', 'z', 1000000);
INSERT INTO history (message, time, text) VALUES (4, 900000, 'accepted from Z'), (4, 900001, 'delivered: z'),
  (5, 1000000, 'accepted from NORTH/CLINIC/ANN, 10 bytes, key k5, for a, b, x'),
  (5, 1500000, 'acknowledged by OTHER: x');
INSERT INTO content VALUES (4, 0, 't1', 100, 3, NULL, 1000000, 2);
INSERT INTO chunk VALUES (4, 0, CAST('abc' AS BLOB));
UPDATE sqlite_sequence SET seq = 7 WHERE name = 'message';
)sql";

// Layout 2 as it was made, before the mail.
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

// Message 5, "1234567890", with a receipt, for a (queued, tried once) and b (in transfer); message 6, "abc"
// in a row of its own, without one. The last number given was 7.
constexpr const char* mail_2 = R"sql(
INSERT INTO content VALUES (3, 1, NULL, NULL, 3, 1000000, 0, NULL);
INSERT INTO chunk VALUES (3, 0, CAST('abc' AS BLOB));
INSERT INTO message VALUES (5, 1000000, 10, 'k5', 'NORTH/CLINIC/ANN', 1, 900000, 60, 60900000,
    'NORTH/CLINIC' || char(10), 1, x'c775e7b757ede630cd0aa1113bd102661ab38829ca52a6422ab782862f268646', NULL,
    CAST('1234567890' AS BLOB)),
  (6, 1100000, 3, 'k6', 'NORTH/CLINIC/ANN', 0, 1100000, 60, 61100000, '', 0,
    x'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad', 3, NULL);
INSERT INTO recipient VALUES (5 << 20, 'a', 'SOUTH/HUB', 1, 0, 1, 1, 2000000, 'BUSY'),
  ((5 << 20) + 1, 'b', 'SOUTH/HUB', 1, 1, 1, 0, 1000000, ''), (6 << 20, 'c', 'SOUTH/HUB', 0, 0, 0, 0, 1100000, '');
INSERT INTO waiting VALUES ('SOUTH/HUB', 2, 13);
INSERT INTO counter VALUES (7);
INSERT INTO seen VALUES ('k5', 'a', 1000000), ('k4', 'z', 1000000);
INSERT INTO history (message, time, text) VALUES (5, 1500000, 'not sent, BUSY: a');
)sql";

void make(const std::filesystem::path& file, const char* layout, const char* mail) {
  sqlite3* raw = nullptr;
  sqlite3_open(file.c_str(), &raw);
  for (const char* sql : {layout, mail})
    EXPECT_EQ(sqlite3_exec(raw, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(raw);
  sqlite3_close(raw);
}

class Upgrade : public testing::Test {
 protected:
  Upgrade() { make(folder.queue(), layout_1, mail_1); }
  Folder folder;
  const Time late = Time(std::chrono::seconds(10));
};

TEST_F(Upgrade, KeepsTheMail) {
  Queue queue(folder.queue());
  queue.check();
  const MessageView view = queue.show(5).value();
  EXPECT_EQ(view.envelope.key, "k5");
  EXPECT_EQ(view.envelope.sender, "NORTH/CLINIC/ANN");
  EXPECT_THAT(view.envelope.hops, ElementsAre("NORTH/CLINIC"));
  EXPECT_TRUE(view.envelope.recipients[0].notify.success);
  ASSERT_EQ(view.recipients.size(), 3u);
  EXPECT_EQ(view.recipients[0].attempts, 1);
  EXPECT_EQ(view.recipients[0].error, "BUSY");
  EXPECT_EQ(view.recipients[1].state, State::in_transfer);
  EXPECT_TRUE(view.recipients[1].tried);
  EXPECT_EQ(view.recipients[2].state, State::acknowledged);
  EXPECT_EQ(all_of(queue, 5), "1234567890");
  EXPECT_EQ(queue.waiting().at(0).bytes, 10u);
}

TEST_F(Upgrade, TheMailGoesOn) {
  Queue queue(folder.queue());
  EXPECT_EQ(queue.recover(late), 1u);
  const Work work = queue.pick({"SOUTH/HUB"}, late, 10).at(0);
  EXPECT_TRUE(work.tried);
  queue.acknowledge(work.ids(), "SOUTH/HUB", late);
  EXPECT_EQ(queue.totals().messages, 0u);
  EXPECT_EQ(*queue.accept(mail("k6"), "text", late).message, 8);
  queue.check();
}

TEST_F(Upgrade, NothingIsForgotten) {
  Queue queue(folder.queue());
  EXPECT_THAT(queue.seen("k4", {"z"}), ElementsAre("z"));
  EXPECT_THAT(queue.seen("k5", {"a"}), ElementsAre("a"));
  EXPECT_EQ(queue.history(4).size(), 2u);
  const std::vector<Event> history = queue.history(5);
  ASSERT_EQ(history.size(), 2u);
  EXPECT_THAT(history[0].text, HasSubstr("key k5, for a, b, x"));
  EXPECT_EQ(history[0].time, Time(std::chrono::seconds(1)));
  Writer writer = queue.partial("t1", 100, late);
  EXPECT_EQ(writer.offset(), 3u);
}

TEST_F(Upgrade, IsDoneOnce) {
  Queue{folder.queue()};
  const Queue queue(folder.queue());
  EXPECT_EQ(all_of(queue, 5), "1234567890");
}

class Upgrade2 : public testing::Test {
 protected:
  Upgrade2() { make(folder.queue(), layout_2, mail_2); }
  Folder folder;
  const Time late = Time(std::chrono::seconds(10));
};

TEST_F(Upgrade2, KeepsTheMailAndItsWishes) {
  Queue queue(folder.queue());
  queue.check();
  const MessageView five = queue.show(5).value();
  EXPECT_EQ(five.envelope.key, "k5");
  EXPECT_THAT(five.envelope.hops, ElementsAre("NORTH/CLINIC"));
  EXPECT_EQ(five.received, Time(std::chrono::seconds(1)));
  ASSERT_EQ(five.recipients.size(), 2u);
  EXPECT_EQ(five.recipients[0].recipient.notify, (Notify{true, true, true}));
  EXPECT_EQ(five.recipients[0].error, "BUSY");
  EXPECT_TRUE(five.recipients[1].tried);
  EXPECT_EQ(queue.show(6)->recipients.at(0).recipient.notify, Notify{});
  EXPECT_EQ(all_of(queue, 5), "1234567890");
  EXPECT_EQ(all_of(queue, 6), "abc");
}

TEST_F(Upgrade2, TheMailGoesOnAndNothingIsForgotten) {
  Queue queue(folder.queue());
  EXPECT_EQ(queue.recover(late), 1u);
  for (const Work& work : queue.pick({"SOUTH/HUB"}, late, 10))
    queue.acknowledge(work.ids(), "SOUTH/HUB", late);
  EXPECT_EQ(queue.totals().messages, 0u);
  EXPECT_EQ(*queue.accept(mail("k7"), "text", late).message, 8);
  EXPECT_THAT(queue.seen("k4", {"z"}), ElementsAre("z"));
  EXPECT_EQ(queue.history(5).size(), 4u);
  queue.check();
}

TEST_F(Upgrade2, ItsMailIsWarnedAboutAsAnyOther) {
  Queue queue(folder.queue());
  EXPECT_THAT(keys_of(queue.delayed(Priority::urgent, 0, late, 10)), ElementsAre("k6"));
  queue.recover(late);
  EXPECT_THAT(keys_of(queue.delayed(Priority::normal, 0, late, 10)), ElementsAre("k5"));
}

TEST_F(Upgrade2, HasAllThatLayout3Has) {
  Queue queue(folder.queue());
  EXPECT_TRUE(queue.hold(Held::destination, "SOUTH/HUB", late));
  queue.add_line_time("SOUTH/HUB", 1, std::chrono::seconds(30));
  EXPECT_EQ(queue.line_time(0).size(), 1u);
  EXPECT_TRUE(queue.call_records().empty());
  EXPECT_EQ(queue.totals().messages, 2u);
  EXPECT_TRUE(queue.traffic().empty());
  queue.count_received("SOUTH/HUB", 5, late);
  EXPECT_EQ(queue.traffic().size(), 1u);
}

}  // namespace
}  // namespace mailqueue::test::upgrade_test
