#pragma once
// The way from the modem to the computer: in order, whole or with losses, now or later.

#include "agenda.h"
#include "quirks.h"

namespace external::phonenet {

class Outlet {
 public:
  using Send = std::function<void(ByteView)>;
  Outlet(Agenda& agenda, Send send) : send_(std::move(send)), hold_(agenda, [this] { release(); }) {}

  void send(ByteView bytes);
  /// What is sent from now on waits for `time`, and stays in order.
  void hold(Duration time) { hold_.start_in(time); }
  /// Forgets what waits.
  void clear();

 private:
  void release();

  Send send_;
  Bytes waiting_;
  Timer hold_;
};

/// Loses one byte in so many.
class Leak {
 public:
  /// `every` 0: none.
  Bytes through(ByteView bytes, unsigned every);

 private:
  unsigned count_ = 0;
};

/// What is left of `bytes` on a line that eats some.
Bytes without(Eaten eaten, ByteView bytes);

}  // namespace external::phonenet
