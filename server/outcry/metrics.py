"""Every figure the house publishes, each named once. Prometheus base units; merged over processes where
``PROMETHEUS_MULTIPROC_DIR`` is set before this module is imported (the supervisor does)."""

from prometheus_client import Counter, Gauge, Histogram

_FAST = (0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.125, 0.25, 0.5, 1.0, 2.0, 5.0)

BIDS = Counter("outcry_bids", "Bids decided by the scripts", ["verdict"])
FRAMES_REFUSED = Counter("outcry_frames_refused", "Client frames refused before a script", ["code"])
DECISION_SECONDS = Histogram("outcry_decision_seconds", "From a bid's arrival to its decision", buckets=_FAST)
BATCH_COMMANDS = Histogram(
    "outcry_batch_commands", "Commands in one write to the store", buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256)
)
EVENTS = Counter("outcry_events", "Events delivered to rooms after the barrier")
BARRIER_SECONDS = Histogram(
    "outcry_barrier_seconds", "From a batch of events read to its barrier's reply", buckets=_FAST
)
BACKFILLS = Counter("outcry_backfills", "Ranges read from a stream to close a gap")
FEED_PAIRS = Counter("outcry_feed_pairs", "Pairs of feed links opened")
DELIVERIES = Counter("outcry_deliveries", "Frames written to sockets", ["role"])
SPREAD_SECONDS = Histogram(
    "outcry_spread_seconds", "From an event's arrival in a room to its last socket's write", ["role"], buckets=_FAST
)
TICKS = Counter("outcry_ticks", "Declared holes sent to watchers instead of events")
SOCKETS = Gauge("outcry_sockets", "Sockets in rooms", ["role"], multiprocess_mode="livesum")
SOCKETS_CLOSED = Counter("outcry_sockets_closed", "Sockets that the house closed", ["code"])
HANDSHAKES_REFUSED = Counter("outcry_handshakes_refused", "Websocket handshakes refused", ["status"])
STORE_UP = Gauge("outcry_store_up", "1 while the store answers", multiprocess_mode="livemin")
STORE_CLOCK_STEPS = Counter("outcry_store_clock_steps", "Steps of the store's clock noticed")
LOTS_CLOSED = Counter("outcry_lots_closed", "Lots closed by this house", ["result"])
LOTS_EXTENDED = Counter("outcry_lots_extended_for_outage", "Lots extended by the outage rule")
LOOP_LAG_SECONDS = Gauge(
    "outcry_loop_lag_seconds", "Delay of the event loop, worst of the last second", multiprocess_mode="livemax"
)
HTTP_REQUESTS = Counter("outcry_http_requests", "HTTP requests answered", ["area", "status"])
