#pragma once
// What connects a modem with its computer, as seen from the modem.

#include "control_lines.h"

#include <external/base/asio.h>

#include <boost/json/object.hpp>

namespace external::phonenet {

class ComputerPort {
 public:
  /// What the port tells its modem.
  struct Modem {
    std::function<void(ByteView)> bytes;  ///< from the computer
    std::function<void(bool)> dtr;        ///< on change
    std::function<std::size_t()> room;    ///< how many bytes may be given now; after 0 call room_made()
    std::function<void()> opened = {};    ///< by somebody, after nobody had it; before dtr
    std::function<ControlLines()> lines = {};
  };

  virtual ~ComputerPort() = default;

  /// There is a port again. Throws std::runtime_error with the cause and the cure.
  virtual void plug() = 0;
  /// The port goes; whoever has it open is hung up.
  virtual void unplug() = 0;
  virtual bool plugged() const = 0;
  virtual bool in_use() const = 0;

  /// Bytes for the computer. Lost, and counted, when nobody listens or somebody does not read for long.
  virtual void to_computer(ByteView bytes) = 0;
  virtual void room_made() = 0;
  /// Throws away what the computer has written and was not read yet.
  virtual void purge() = 0;
  virtual void lines_changed() {}

  /// Adds to what is told about the port, beside the counters below.
  virtual void describe(boost::json::object&) const {}
  virtual std::uint64_t read_from_computer() const = 0;
  virtual std::uint64_t written_to_computer() const = 0;
  virtual std::uint64_t dropped() const = 0;
};

}  // namespace external::phonenet
