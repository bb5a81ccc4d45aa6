#pragma once
// The tables of the queue and who may open them.

namespace mailqueue {

class Database;

/// Makes sure that this is a queue this library understands, and creates the tables of a new one. A
/// queue of an earlier layout is brought up to date in one transaction. A database
/// that is refused (Error foreign, newer, read_only, corrupt) is not touched.
void prepare_schema(Database& database);

}  // namespace mailqueue
