// TracedReconciler: a span around every pass of another reconciler.
#pragma once

#include <string>

#include "obs/trace.h"
#include "runtime/controller.h"

namespace vr::controllers {

// Spans are named KIND.reconcile and carry KIND.namespace and KIND.name. Thread-safe; stores
// references.
class TracedReconciler final : public runtime::Reconciler {
 public:
  TracedReconciler(runtime::Reconciler& inner, const char* kind, const obs::Tracer& tracer)
      : inner_(inner), kind_(kind), tracer_(tracer) {}

  Result<runtime::Outcome> Reconcile(const Context& ctx, const kube::Key& key) override {
    obs::Span span(tracer_, ctx, kind_ + ".reconcile");
    span.Set(kind_ + ".namespace", key.ns);
    span.Set(kind_ + ".name", key.name);
    auto outcome = inner_.Reconcile(span.ctx(), key);
    span.End(outcome.status());
    return outcome;
  }

 private:
  runtime::Reconciler& inner_;
  const std::string kind_;
  const obs::Tracer& tracer_;
};

}  // namespace vr::controllers
