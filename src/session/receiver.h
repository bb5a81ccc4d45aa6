#pragma once
// The receiving half of a session: offers of the other end, their content, and what this end says to them.

#include "records.h"

#include <external/link/link.h>
#include <external/session/session.h>

namespace external::session {

class Receiver {
 public:
  Receiver(link::Link& link, Inbox& inbox, Events& events, Progress& progress)
      : link_(link), inbox_(inbox), events_(events), progress_(progress) {}

  // What the other end said. False: it broke the protocol.
  Task<bool> take(const OfferRecord& record);
  Task<bool> take(DataRecord& record);
  Task<bool> take(const WithdrawRecord& record);
  Task<bool> take(const FinishedRecord& record);

  /// The other end has said FINISHED, which it may only when its offers are settled.
  bool finished() const { return finished_; }

 private:
  struct Transfer {
    Offer offer;
    std::unique_ptr<Incoming>
        message;  ///< none: refused or here already; content that still comes is dropped
  };

  Task<bool> append(Transfer& transfer, DataRecord& record);
  Task<> store(std::uint64_t number, Transfer transfer);
  Task<error_code> answer(const AnyRecord& record) {
    return link_.send(link::Stream::control, encode(record));
  }

  link::Link& link_;
  Inbox& inbox_;
  Events& events_;
  Progress& progress_;
  std::map<std::uint64_t, Transfer> transfers_;
  std::uint64_t next_number_ = 0;
  bool finished_ = false;
};

}  // namespace external::session
