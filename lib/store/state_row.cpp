#include "store/state_row.hpp"

namespace locket::store {
namespace {

std::int64_t seal_of(const State& state) {
  return Sealer()
      .add(state.content_revision)
      .add(state.access_revision)
      .add(state.access_xxh3)
      .add(state.next_picture_id)
      .add(state.thumbnails)
      .add(state.pictures)
      .add(state.picture_bytes)
      .seal();
}

}  // namespace

Result<State> load_state(Connection& connection) {
  auto statement = connection.statement(Sql::load_state);
  const auto row = statement.step();
  if (!row) return std::unexpected(row.error());
  State state;
  bool sound = *row;
  if (sound) {
    state.content_revision = statement.integer(0);
    state.access_revision = statement.integer(1);
    sound = statement.copy(2, state.access_xxh3);
    state.next_picture_id = statement.integer(3);
    state.thumbnails = statement.integer(4);
    state.pictures = statement.integer(5);
    state.picture_bytes = statement.integer(6);
    sound = sound && statement.integer(7) == seal_of(state);
  }
  if (!sound) return fail(Code::store_corrupt, "the store's state is damaged");
  return state;
}

Result<void> save_state(Connection& connection, const State& state) {
  auto statement = connection.statement(Sql::save_state);
  statement.bind(1, state.content_revision)
      .bind(2, state.access_revision)
      .bind(3, state.access_xxh3)
      .bind(4, state.next_picture_id)
      .bind(5, state.thumbnails)
      .bind(6, state.pictures)
      .bind(7, state.picture_bytes)
      .bind(8, seal_of(state));
  return statement.run();
}

}  // namespace locket::store
