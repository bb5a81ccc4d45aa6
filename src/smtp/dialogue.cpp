#include "command.h"
#include "content_reader.h"
#include "xtext.h"

#include <external/base/async.h>
#include <external/base/text.h>
#include <external/smtp/dialogue.h>

namespace external::smtp {

namespace {

constexpr std::size_t longest_line = 12'288;  // of AUTH (RFC 4954 4); others need no more
constexpr std::size_t piece_size = 64 * 1024;
constexpr auto patience_for_farewell = std::chrono::seconds(5);

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c < 128; });
}

Reply bad_sequence(std::string text) {
  return {503, "5.5.1", std::move(text)};
}

Reply local_trouble() {
  return {451, "4.3.0", "trouble here; try again later"};
}

Reply bare_line_end() {
  return {554, "5.6.0",
          "a CR or LF by itself in the message; every line must end with CR LF (RFC 5321 2.3.8)"};
}

Reply too_large(std::uint64_t most) {
  return {552, "5.3.4", "the message is larger than " + with_commas(most) + " bytes, the most taken here"};
}

}  // namespace

class Dialogue {
 public:
  Dialogue(stream::Stream& stream, Client client, Clock& clock, Reception& reception, DialogueOptions options)
      : stream_(stream),
        client_(std::move(client)),
        clock_(clock),
        reception_(reception),
        options_(std::move(options)) {}

  Task<> run() {
    say({220, "", options_.host + (lmtp() ? " LMTP" : " ESMTP") + " External"});
    while (!over_) {
      auto line = co_await read_line();
      if (!line) break;
      if (line->size() > longest_line) {
        mistake({500, "5.5.2", "the line is too long"});
      } else {
        co_await obey(read_command(*line));
      }
    }
    co_await flush();
  }

  /// What was said and not yet written: mail may have become durable just before all this ended.
  std::string take_replies() { return std::exchange(replies_, {}); }

  /// Ends when the client has been silent, or deaf, for too long.
  Task<> watch() {
    for (;;) {
      const auto deadline =
          waits_since_ == never ? clock_.now() + options_.patience : waits_since_ + options_.patience;
      if (clock_.now() >= deadline) co_return;
      co_await clock_.wait_until(deadline);
    }
  }

 private:
  bool lmtp() const { return options_.dialect == Dialect::lmtp; }

  void say(const Reply& reply) { replies_ += reply.wire(); }

  void mistake(const Reply& reply) {
    say(reply);
    if (++mistakes_ < options_.most_mistakes) return;
    say({421, "4.7.0", "too many mistakes; good bye"});
    over_ = true;
  }

  void answer(const Reply& reply) {
    if (reply.code >= 500) return mistake(reply);
    say(reply);
  }

  Task<bool> flush() {
    if (replies_.empty()) co_return true;
    const auto text = std::exchange(replies_, {});
    waits_since_ = clock_.now();
    const bool written = co_await stream_.write(text);
    waits_since_ = never;
    co_return written;
  }

  /// More of what the client says, when all before it was taken; false at its end. Replies go out first: it
  /// may wait for them.
  Task<bool> read_more() {
    const bool alive = co_await flush();
    if (!alive) co_return false;
    waits_since_ = clock_.now();
    const auto size = co_await stream_.read({received_.get(), piece_size});
    waits_since_ = never;
    unread_ = {received_.get(), size};
    co_return size != 0;
  }

  /// A line without its end; of one that is too long its beginning, one byte more than allowed.
  Task<std::optional<std::string>> read_line() {
    std::string line;
    for (;;) {
      const auto text = unread_;
      const auto end = text.find('\n');
      const auto size = std::min(end, text.size());
      line.append(text.substr(0, std::min(size, longest_line + 1 - std::min(line.size(), longest_line + 1))));
      unread_.remove_prefix(size);
      if (end != std::string_view::npos) {
        unread_.remove_prefix(1);
        if (line.ends_with('\r')) line.pop_back();
        co_return line;
      }
      const bool more = co_await read_more();
      if (!more) co_return std::nullopt;
    }
  }

  Task<> obey(Command command) {
    const bool in_chunks = incoming_ || chunks_refused_;
    if (in_chunks && command.verb != Verb::bdat && command.verb != Verb::rset && command.verb != Verb::quit &&
        command.verb != Verb::noop) {
      mistake(bad_sequence("a message is coming in chunks; send BDAT or RSET"));
      co_return;
    }
    switch (command.verb) {
      case Verb::helo:
      case Verb::ehlo:
      case Verb::lhlo:
        hello(command);
        break;
      case Verb::mail:
        co_await mail(command.argument);
        break;
      case Verb::rcpt:
        co_await rcpt(command.argument);
        break;
      case Verb::data:
        co_await data(command.argument);
        break;
      case Verb::bdat:
        co_await bdat(command.argument);
        break;
      case Verb::rset:
        forget_message();
        say({250, "2.0.0", "forgotten"});
        break;
      case Verb::noop:
        say({250, "2.0.0", "here"});
        break;
      case Verb::quit:
        say({221, "2.0.0", "good bye"});
        over_ = true;
        break;
      case Verb::vrfy:
        answer({252, "2.5.0", "send mail to it and see"});
        break;
      case Verb::expn:
        mistake({502, "5.5.1", "EXPN is not offered"});
        break;
      case Verb::help:
        say({214, "2.0.0", "commands as in RFC 5321; postmaster@" + options_.host + " is a person"});
        break;
      case Verb::starttls:
        co_await start_tls();
        break;
      case Verb::auth:
        co_await auth(command.argument);
        break;
      case Verb::unknown:
        mistake({500, "5.5.2", "unknown command"});
        break;
    }
  }

  void hello(const Command& command) {
    const bool fits = lmtp() ? command.verb == Verb::lhlo : command.verb != Verb::lhlo;
    if (!fits)
      return mistake(
          {500, "5.5.1", lmtp() ? "this is LMTP; begin with LHLO" : "this is SMTP; begin with EHLO"});
    if (command.argument.empty()) return mistake({501, "5.5.4", "your name must follow"});
    forget_message();
    client_.name = command.argument;
    client_.protocol = lmtp() ? "LMTP" : command.verb == Verb::helo ? "SMTP" : "ESMTP";
    greeted_ = true;
    Reply reply(250, "", options_.host);
    if (command.verb != Verb::helo) {
      for (auto& line : extensions()) reply.lines.push_back(std::move(line));
    }
    say(reply);
  }

  std::vector<std::string> extensions() const {
    std::vector<std::string> lines{"PIPELINING",
                                   options_.largest ? "SIZE " + std::to_string(options_.largest) : "SIZE",
                                   "8BITMIME",
                                   "SMTPUTF8",
                                   "DSN",
                                   "CHUNKING",
                                   "ENHANCEDSTATUSCODES"};
    if (offers_tls()) lines.emplace_back("STARTTLS");
    if (offers_auth()) lines.emplace_back("AUTH PLAIN LOGIN");
    return lines;
  }

  bool offers_tls() const { return stream_.offers_tls() && !client_.encrypted; }
  bool offers_auth() const { return options_.auth && (client_.encrypted || !options_.auth_needs_tls); }

  Task<> mail(std::string_view argument) {
    if (!greeted_) {
      mistake(bad_sequence(lmtp() ? "begin with LHLO" : "begin with EHLO or HELO"));
      co_return;
    }
    if (sender_) {
      mistake(bad_sequence("a message has been begun; send RSET first"));
      co_return;
    }
    if (options_.auth_required && client_.user.empty()) {
      mistake({530, "5.7.0", "authenticate first"});
      co_return;
    }
    auto read = read_sender(argument);
    if (const auto* refusal = std::get_if<Reply>(&read)) {
      mistake(*refusal);
      co_return;
    }
    auto& sender = std::get<Sender>(read);
    auto refusal = objection(sender);
    if (!refusal) refusal = co_await ask([&] { return reception_.sender(client_, sender); });
    if (refusal) {
      answer(*refusal);
      co_return;
    }
    sender_ = std::move(sender);
    say({250, "2.1.0", "go on"});
  }

  std::optional<Reply> objection(const Sender& sender) const {
    if (!sender.utf8 && !is_ascii(sender.address)) return without_utf8();
    if (sender.size && options_.largest != 0 && *sender.size > options_.largest)
      return too_large(options_.largest);
    return std::nullopt;
  }

  static Reply without_utf8() {
    return {553, "5.6.7", "an address with letters beyond ASCII needs SMTPUTF8 after MAIL FROM (RFC 6531)"};
  }

  Task<> rcpt(std::string_view argument) {
    if (!sender_) {
      mistake(bad_sequence("MAIL FROM comes first"));
      co_return;
    }
    auto read = read_recipient(argument);
    if (const auto* refusal = std::get_if<Reply>(&read)) {
      mistake(*refusal);
      co_return;
    }
    auto& recipient = std::get<Recipient>(read);
    std::optional<Reply> refusal;
    if (!sender_->utf8 && !is_ascii(recipient.address)) refusal = without_utf8();
    if (recipients_.size() >= options_.most_recipients)
      refusal = Reply(452, "4.5.3", "too many recipients; send the others with another message");
    if (!refusal) refusal = co_await ask([&] { return reception_.recipient(client_, *sender_, recipient); });
    if (refusal) {
      answer(*refusal);
      co_return;
    }
    recipients_.push_back(std::move(recipient));
    say({250, "2.1.5", "go on"});
  }

  Task<> data(std::string_view argument) {
    if (!argument.empty()) {
      mistake({501, "5.5.4", "DATA has no arguments"});
      co_return;
    }
    if (recipients_.empty()) {
      mistake(sender_ ? Reply(554, "5.5.1", "no recipient was accepted")
                      : bad_sequence("MAIL FROM and RCPT TO come first"));
      co_return;
    }
    begin();
    say({354, "", "end with a line that holds one dot"});
    ContentReader reader(ContentReader::End::dot);
    while (!reader.ended()) {
      if (unread_.empty()) {
        const bool more = co_await read_more();
        if (!more) {
          over_ = true;
          forget_message();
          co_return;
        }
      }
      std::string content;
      unread_.remove_prefix(reader.take(unread_, content));
      co_await append(content);
    }
    if (reader.has_bare_line_end()) refuse(bare_line_end());
    co_await commit();
  }

  Task<> bdat(std::string_view argument) {
    const auto read = read_chunk(argument);
    if (const auto* refusal = std::get_if<Reply>(&read)) {
      // How many bytes follow cannot be known, so nothing after this can be understood.
      say(*refusal);
      over_ = true;
      co_return;
    }
    const auto chunk = std::get<Chunk>(read);
    if (!incoming_ && !chunks_refused_ && !recipients_.empty()) begin();
    const bool expected = incoming_ || chunks_refused_;
    const bool whole = co_await read_chunk_content(chunk.size, expected);
    if (!whole) {
      over_ = true;
      forget_message();
      co_return;
    }
    if (!expected) {
      mistake(sender_ ? Reply(554, "5.5.1", "no recipient was accepted")
                      : bad_sequence("MAIL FROM and RCPT TO come first"));
    } else if (chunk.last) {
      chunk_reader_->finish();
      if (chunk_reader_->has_bare_line_end()) refuse(bare_line_end());
      co_await commit();
    } else if (refusal_) {
      chunks_refused_ = true;
      answer(*refusal_);
    } else {
      say({250, "2.0.0", std::to_string(chunk.size) + " bytes"});
    }
  }

  Task<bool> read_chunk_content(std::uint64_t size, bool expected) {
    while (size > 0) {
      if (unread_.empty()) {
        const bool more = co_await read_more();
        if (!more) co_return false;
      }
      const auto piece = unread_.substr(0, size);
      std::string content;
      if (expected) chunk_reader_->take(piece, content);
      unread_.remove_prefix(piece.size());
      size -= piece.size();
      co_await append(content);
    }
    co_return true;
  }

  void begin() {
    chunk_reader_.emplace(ContentReader::End::size);
    size_ = 0;
    refusal_.reset();
    recipients_begun_ = recipients_.size();
    incoming_ = reception_.begin(client_, *sender_, std::exchange(recipients_, {}));
  }

  void refuse(const Reply& reply) {
    if (!refusal_) refusal_ = reply;
    incoming_.reset();
  }

  Task<> append(std::string_view content) {
    size_ += content.size();
    if (content.empty() || !incoming_) co_return;
    if (options_.largest != 0 && size_ > options_.largest) {
      refuse(too_large(options_.largest));
      co_return;
    }
    auto refusal = co_await ask([&] { return incoming_->append(content); });
    if (refusal) refuse(*refusal);
  }

  Task<> commit() {
    std::vector<Reply> replies;
    if (refusal_) {
      replies.assign(recipients_begun_, *refusal_);
    } else {
      const auto committed = co_await ask([&]() -> Task<std::optional<Reply>> {
        replies = co_await incoming_->commit();
        co_return std::nullopt;
      });
      if (committed) replies.assign(recipients_begun_, *committed);
    }
    // SMTP has one answer for all; who got it and who did not, the sender is then told by mail.
    const bool all_in_one = !lmtp() && !replies.empty();
    const bool success =
        std::any_of(replies.begin(), replies.end(), [](const Reply& one) { return one.ok(); });
    if (all_in_one) {
      const auto first =
          std::find_if(replies.begin(), replies.end(), [&](const Reply& one) { return one.ok() == success; });
      replies = std::vector<Reply>(1, *first);
    }
    forget_message();
    for (const auto& reply : replies) say(reply);
    if (success) mistakes_ = 0;
  }

  /// What `question()` answers; 451 if it throws, but for a cancellation.
  template <class Question>
  Task<std::optional<Reply>> ask(Question question) {
    std::string trouble;
    try {
      co_return co_await question();
    } catch (const boost::system::system_error& error) {
      if (error.code() == asio::error::operation_aborted) throw;
      trouble = error.what();
    } catch (const std::exception& error) {
      trouble = error.what();
    }
    reception_.trouble(client_, trouble);
    co_return local_trouble();
  }

  void forget_message() {
    incoming_.reset();
    sender_.reset();
    recipients_.clear();
    refusal_.reset();
    chunk_reader_.reset();
    chunks_refused_ = false;
  }

  Task<> start_tls() {
    if (!offers_tls()) {
      mistake(client_.encrypted ? bad_sequence("the connection is encrypted already")
                                : Reply(502, "5.5.1", "STARTTLS is not offered"));
      co_return;
    }
    say({220, "2.0.0", "go ahead"});
    co_await flush();
    // What came before TLS was said by anybody (RFC 3207 4.2 and 6).
    unread_ = {};
    forget_message();
    greeted_ = false;
    client_.name.clear();
    waits_since_ = clock_.now();
    client_.encrypted = co_await stream_.start_tls();
    waits_since_ = never;
    over_ = !client_.encrypted;
  }

  Task<> auth(std::string_view argument) {
    if (!offers_auth()) {
      mistake(options_.auth ? Reply(538, "5.7.11", "AUTH needs an encrypted connection; send STARTTLS first")
                            : Reply(502, "5.5.1", "AUTH is not offered"));
      co_return;
    }
    if (!client_.user.empty() || sender_ || !greeted_) {
      mistake(bad_sequence(client_.user.empty() ? "AUTH comes after EHLO and before MAIL"
                                                : "you have authenticated already"));
      co_return;
    }
    const auto end = std::min(argument.find(' '), argument.size());
    const auto mechanism = argument.substr(0, end);
    const auto initial = trim(argument.substr(end));
    std::optional<std::pair<std::string, std::string>> credentials;
    if (equal_no_case(mechanism, "PLAIN")) {
      credentials = co_await read_plain(initial);
    } else if (equal_no_case(mechanism, "LOGIN")) {
      credentials = co_await read_login(initial);
    } else {
      mistake({504, "5.5.4", "expected AUTH PLAIN or AUTH LOGIN"});
      co_return;
    }
    if (!credentials) {
      mistake({501, "5.5.2", "that is no answer to AUTH"});
      co_return;
    }
    const auto refusal = co_await ask(
        [&] { return reception_.authenticate(client_, credentials->first, credentials->second); });
    if (!refusal) {
      client_.user = credentials->first;
      say({235, "2.7.0", "welcome"});
    } else if (refusal->code == 535) {
      co_await wrong_password(*refusal);
    } else {
      answer(refusal->code == 421 ? *refusal : Reply(454, "4.7.0", "trouble here; try again later"));
      over_ = refusal->code == 421;
    }
  }

  /// Who guesses waits longer each time, and not often.
  Task<> wrong_password(const Reply& refusal) {
    co_await clock_.wait_for(options_.guess_pause * (1U << guesses_));
    mistake(refusal);
    if (++guesses_ < options_.most_guesses) co_return;
    say({421, "4.7.0", "too many wrong passwords; good bye"});
    over_ = true;
  }

  using Credentials = std::optional<std::pair<std::string, std::string>>;

  /// What the client answers to `challenge`, decoded; nothing if it gives up.
  Task<std::optional<std::string>> challenge(std::string text) {
    say({334, "", std::move(text)});
    auto line = co_await read_line();
    if (!line) co_return std::nullopt;
    co_return from_base64(*line);
  }

  /// RFC 4616: authorization identity, NUL, user, NUL, password.
  Task<Credentials> read_plain(std::string_view initial) {
    std::optional<std::string> message;
    if (initial.empty()) {
      message = co_await challenge("");
    } else {
      message = from_base64(initial);
    }
    if (!message) co_return std::nullopt;
    const auto parts = split(*message, '\0');
    if (parts.size() != 3 || parts[1].empty()) co_return std::nullopt;
    if (!parts[0].empty() && parts[0] != parts[1]) co_return std::nullopt;
    co_return std::pair(parts[1], parts[2]);
  }

  Task<Credentials> read_login(std::string_view initial) {
    std::optional<std::string> user;
    if (initial.empty()) {
      user = co_await challenge(to_base64("Username:"));
    } else {
      user = from_base64(initial);
    }
    if (!user || user->empty()) co_return std::nullopt;
    auto password = co_await challenge(to_base64("Password:"));
    if (!password) co_return std::nullopt;
    co_return std::pair(*user, *password);
  }

  stream::Stream& stream_;
  Client client_;
  Clock& clock_;
  Reception& reception_;
  DialogueOptions options_;

  std::unique_ptr<char[]> received_ = std::make_unique_for_overwrite<char[]>(piece_size);
  std::string_view unread_;        ///< of received_, what was not taken
  std::string replies_;            ///< not yet written
  TimePoint waits_since_ = never;  ///< for the client; never: it waits for us
  std::size_t mistakes_ = 0;
  std::size_t guesses_ = 0;
  bool over_ = false;

  bool greeted_ = false;
  std::optional<Sender> sender_;
  std::vector<Recipient> recipients_;

  std::unique_ptr<Incoming> incoming_;
  std::size_t recipients_begun_ = 0;
  std::uint64_t size_ = 0;        ///< of content so far
  std::optional<Reply> refusal_;  ///< of the content that is coming in
  std::optional<ContentReader> chunk_reader_;
  bool chunks_refused_ = false;  ///< chunks of a refused message may still come
};

Task<> serve(stream::Stream& stream, Client client, Clock& clock, Reception& reception,
             DialogueOptions options) {
  Dialogue dialogue(stream, std::move(client), clock, reception, options);
  std::exception_ptr cancelled;
  bool silent = false;
  try {
    const auto first = co_await first_of(dialogue.run(), dialogue.watch());
    silent = first == 1;
  } catch (const boost::system::system_error& error) {
    if (error.code() != asio::error::operation_aborted) throw;
    cancelled = std::current_exception();
  }
  if (!silent && !cancelled) co_return;
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  const Reply farewell(421, silent ? "4.4.2" : "4.3.2",
                       silent ? "you were silent for too long" : "closing down; try again later");
  auto say = [&]() -> Task<> { co_await stream.write(dialogue.take_replies() + farewell.wire()); };
  co_await first_of(say(), clock.wait_for(patience_for_farewell));
  if (cancelled) std::rethrow_exception(cancelled);
}

}  // namespace external::smtp
