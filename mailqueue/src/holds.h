#pragma once
// Destinations and lines that are held as a whole.

#include "database.h"

#include <mailqueue/view.h>

#include <set>
#include <string>

namespace mailqueue {

/// Their names, to be asked for many recipients of one transaction.
std::set<std::string, std::less<>> held_names(Database& database, Held kind);

}  // namespace mailqueue
