#pragma once
// The control lines that a modem drives towards its computer.

namespace external::phonenet {

struct ControlLines {
  bool carrier = false;         ///< DCD
  bool ring = false;            ///< RI, high while the bell sounds
  bool data_set_ready = false;  ///< DSR
  bool clear_to_send = false;   ///< CTS

  bool operator==(const ControlLines&) const = default;
};

}  // namespace external::phonenet
