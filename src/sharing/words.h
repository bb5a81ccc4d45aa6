#pragma once
// What clients and administrators are told about leases.

#include <external/config/settings.h>
#include <external/engine/lender.h>

namespace external::sharing {

/// "OFFICE: the modem was taken back: nothing was said for 15m." For the client.
std::string farewell(engine::LeaseEnd end, const config::Share& share);

}  // namespace external::sharing
