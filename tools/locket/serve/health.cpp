#include "serve/health.hpp"

#include "serve/answer.hpp"

namespace locket::tool {

Response health_answer(const Service& service) {
  // Of the database, not of what this process remembers.
  const bool good = service.store->find_imodel(Guid{}, Lookup::stored).has_value();
  return text_answer(good ? 200 : 503, "application/json", good ? R"({"status":"ok"})" : R"({"status":"unavailable"})");
}

}  // namespace locket::tool
