#pragma once
// A caller who leaves: somebody's modem that dials, and hangs up at a chosen moment.

#include "exchange_line.h"

namespace external::matrix {

class Caller final : public phonenet::Telephone {
 public:
  enum class Leaves {
    while_ringing,      ///< a time after dialling has ended, with nobody having answered
    after_answer,       ///< a time after the other end went off hook, before a carrier
    after_connect,      ///< a time after the carrier came
    after_bytes,        ///< when so many bytes were heard, or a minute after the carrier came
    when_other_leaves,  ///< not at all
  };
  struct Plan {
    Leaves leaves = Leaves::when_other_leaves;
    Duration after{};
    std::size_t bytes = 0;
    std::string says{};  ///< once the carrier is there
  };
  enum class End { calling, left, not_answered, busy, no_carrier };

  Caller(Telephony& telephony, const std::string& number, const std::string& name);

  /// Dials. Of a call before, nothing is left.
  void call(const std::string& number, const Plan& plan);

  /// Hangs up now, whatever was planned.
  void leave() { finish(End::left); }

  bool over() const { return end_ != End::calling; }
  /// How the last call ended; `no_carrier` also when the other end hung up.
  End end() const { return end_; }
  bool was_connected() const { return connected_; }
  /// What the other end sent in the last call.
  const std::string& heard() const { return heard_; }

  void ring() override {}
  void connected(unsigned rate) override;
  void failed(phonenet::DialFailure failure) override;
  void carrier_lost() override { finish(End::no_carrier); }
  void deliver(ByteView bytes) override;
  void room_made() override {}

 private:
  void look();
  void finish(End end);

  phonenet::Subscriber& line_;
  Plan plan_;
  End end_ = End::left;
  bool connected_ = false;
  std::string heard_;
  phonenet::Timer leave_;  // runs out: hang up
  phonenet::Timer look_;   // until the other end has answered
};

}  // namespace external::matrix
