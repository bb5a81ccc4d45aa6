#include "../../src/sharing/client.h"
#include "../support/piped_stream.h"
#include "inputs.h"

#include <external/line/memory.h>

#include <stdexcept>

namespace external::fuzz {

namespace {

using namespace std::chrono_literals;
using namespace external::sharing;

/// One client with one modem. What is in the input comes in records: what happens, length, bytes.
class Borrowing {
 public:
  explicit Borrowing(std::uint8_t choice) {
    share_.name = "OFFICE";
    share_.refuse_calls = (choice & 2) != 0;
    share_.hand_over_calls = (choice & 4) != 0;
    if ((choice & 8) != 0) share_.password = "a password";
    auto near = std::make_unique<test::PipedStream>(io_.get_executor());
    stream_ = near.get();
    client_ = std::make_unique<Client>(io_.get_executor(), clock_, share(), std::move(near),
                                       (choice & 1) != 0 ? Protocol::rfc2217 : Protocol::raw,
                                       "192.0.2.7:4711", 1, events());
    asio::co_spawn(io_, client_->run(), [this](const std::exception_ptr& failed) {
      disconnected_ = true;
      if (failed) failed_ = true;
    });
    asio::co_spawn(io_, prove(), asio::bind_cancellation_slot(stop_proving_.slot(), asio::detached));
    clock_.advance(10ms);
  }

  void play(ByteView records) {
    while (records.size() >= 2 && records.size() >= 2U + records[1]) {
      happens(records[0] % 7, records.subspan(2, records[1]));
      records = records.subspan(2U + records[1]);
      clock_.advance(10ms);
    }
  }

  void end() {
    stop_.emit(asio::cancellation_type::terminal);
    stop_proving_.emit(asio::cancellation_type::terminal);
    clock_.advance(10ms);
    client_->close();
    stream_->close();
    clock_.advance(1min);
    if (!disconnected_ || failed_) throw std::logic_error("a connection that does not end");
    if (lent_ && ends_ != 1) throw std::logic_error("a lease that has not one end");
    if (client_->has_modem()) throw std::logic_error("a client that keeps its modem");
  }

 private:
  void happens(int what, ByteView bytes) {
    const auto text = as_text(bytes);
    switch (what) {
      case 0:
        return stream_->hear(text);
      case 1:
        asio::co_spawn(io_, say(std::string(text)), asio::detached);
        return;
      case 2:
        return clock_.advance(1s * bytes.size());
      case 3:
        return lend(!bytes.empty());
      case 4:
        return client_->recall(engine::LeaseEnd::kicked);
      case 5:
        return stream_->close();
      default:
        return stream_->stall();
    }
  }

  void lend(bool rings) {
    if (std::exchange(lent_, true)) return;
    client_->enters_queue();
    client_->tell_place("1", "OFFICE: You are number 1 in the queue.");
    client_->granted("Modem1", share());
    asio::co_spawn(io_, use(rings), asio::bind_cancellation_slot(stop_.slot(), asio::detached));
  }

  Task<> use(bool rings) { co_await client_->use(port_.a(), rings); }
  Task<> prove() { co_await client_->prove_itself(); }
  Task<> say(std::string text) { co_await port_.b().write(as_bytes(text), never); }

  std::shared_ptr<const config::Share> share() const { return std::make_shared<const config::Share>(share_); }

  ClientEvents events() {
    ClientEvents events;
    events.call_refused = [](const Client&) {};
    events.call_handed_over = [](const Client&) {};
    events.lease_ended = [this](const Client&, engine::LeaseEnd) { ++ends_; };
    return events;
  }

  config::Share share_;
  bool lent_ = false;
  int ends_ = 0;
  bool disconnected_ = false;
  bool failed_ = false;
  asio::io_context io_;
  VirtualClock clock_{io_};
  line::MemoryLinePair port_{io_.get_executor(), clock_, {.has_control_lines = true}};
  std::unique_ptr<Client> client_;
  test::PipedStream* stream_ = nullptr;
  asio::cancellation_signal stop_;
  asio::cancellation_signal stop_proving_;
};

}  // namespace

void try_sharing(ByteView input) {
  if (input.empty()) return;
  Borrowing borrowing(input[0]);
  borrowing.play(input.subspan(1));
  borrowing.end();
}

}  // namespace external::fuzz
