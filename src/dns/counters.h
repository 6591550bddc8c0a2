/*
 * What a serving thread counts. Each thread writes its own, /metrics adds them up: a row is a
 * member, the figure's name, and its labels.
 */
#ifndef DNS_COUNTERS_H
#define DNS_COUNTERS_H

#include <stdatomic.h>
#include <stdint.h>

#define COUNTERS(X)                                                                                \
	X(udp_queries, "gale_dns_queries_total", "{transport=\"udp\"}")                            \
	X(tcp_queries, "gale_dns_queries_total", "{transport=\"tcp\"}")                            \
	X(ignored, "gale_dns_refusals_total", "{kind=\"ignored\"}")                                \
	X(malformed, "gale_dns_refusals_total", "{kind=\"malformed\"}")                            \
	X(unsupported, "gale_dns_refusals_total", "{kind=\"unsupported\"}")                        \
	X(do_nothing, "gale_dns_decisions_total", "{answer=\"none\"}")                             \
	X(do_error, "gale_dns_decisions_total", "{answer=\"error\"}")                              \
	X(do_random, "gale_dns_decisions_total", "{answer=\"random\"}")                            \
	X(do_static, "gale_dns_decisions_total", "{answer=\"static\"}")                            \
	X(do_drop, "gale_dns_decisions_total", "{answer=\"drop\"}")                                \
	X(do_truncate, "gale_dns_decisions_total", "{answer=\"truncate\"}")                        \
	X(delayed, "gale_dns_delays_total", "")                                                    \
	X(cache_hits, "gale_dns_cache_hits_total", "")                                             \
	X(cache_misses, "gale_dns_cache_misses_total", "")                                         \
	X(forwarded, "gale_dns_forwarded_total", "")                                               \
	X(forward_tcp, "gale_dns_forward_tcp_total", "")                                           \
	X(forward_failures, "gale_dns_forward_failures_total", "")                                 \
	X(overloads, "gale_dns_overloads_total", "")                                               \
	X(upstream_answers, "gale_dns_upstream_answers_total", "")                                 \
	X(upstream_timeouts, "gale_dns_upstream_failures_total", "{kind=\"timeout\"}")             \
	X(upstream_refused, "gale_dns_upstream_failures_total", "{kind=\"refused\"}")              \
	X(upstream_unexpected, "gale_dns_upstream_unexpected_total", "")                           \
	X(tcp_accepted, "gale_dns_tcp_connections_total", "{outcome=\"accepted\"}")                \
	X(tcp_evicted, "gale_dns_tcp_connections_total", "{outcome=\"evicted\"}")                  \
	X(tcp_idle, "gale_dns_tcp_connections_total", "{outcome=\"idle\"}")                        \
	X(tcp_bad, "gale_dns_tcp_connections_total", "{outcome=\"bad\"}")                          \
	X(send_losses, "gale_dns_send_losses_total", "")

struct counters {
#define COUNTERS_MEMBER(member, name, labels) _Atomic uint64_t member;
	COUNTERS(COUNTERS_MEMBER)
#undef COUNTERS_MEMBER
};

/* By the thread that owns it only: no locked instruction is needed. */
static inline void count_add(_Atomic uint64_t *counter, uint64_t n)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + n,
		memory_order_relaxed);
}

#endif
