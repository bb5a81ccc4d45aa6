#pragma once
// Where a modem meets the telephone network: the jack in the wall, and what comes out of it.

#include <external/base/asio.h>

namespace external::phonenet {

/// Why a dialled call did not come about, as heard by the caller.
enum class DialFailure { busy, no_answer, no_carrier };

/// What a modem can do to its telephone line. None of these calls the Telephone back at once.
class Jack {
 public:
  virtual ~Jack() = default;

  /// False when the telephone line is cut.
  virtual bool dial_tone() const = 0;
  /// True once the called end has gone off hook.
  virtual bool answered() const = 0;

  /// Off hook, in silence.
  virtual void off_hook() = 0;
  /// Off hook and dial. Without dial tone, nothing comes of it.
  virtual void dial(const std::string& digits) = 0;
  /// Off hook in answer mode. Without a call, nothing comes of it.
  virtual void answer() = 0;
  /// On hook, whatever was going on.
  virtual void hang_up() = 0;

  /// Bytes for the other end, queued in front of the line. Takes all of them, even beyond room().
  virtual void send(ByteView bytes) = 0;
  /// How many bytes the queue should take now; after 0, Telephone::room_made() follows.
  virtual std::size_t room() const = 0;
};

/// What the network does to a modem.
class Telephone {
 public:
  virtual ~Telephone() = default;

  virtual void ring() = 0;
  /// Carrier both ways; `rate` in bits per second is what this end receives at.
  virtual void connected(unsigned rate) = 0;
  virtual void failed(DialFailure failure) = 0;
  virtual void carrier_lost() = 0;
  virtual void deliver(ByteView bytes) = 0;
  virtual void room_made() = 0;
};

}  // namespace external::phonenet
