package dev.twinpath.userstack.tcp;

import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.userstack.stack.StackException;
import dev.twinpath.userstack.stack.TcpState;

/**
 * Every state of a connection and every event that can meet it, each played by a {@link Transcript}
 * of its own. In the states from ESTABLISHED on, the peer has acknowledged 500 bytes.
 */
final class StateMachine {
  /** Beyond any window. */
  private static final long FAR = 3_000_000;

  private StateMachine() {}

  /** Where the connection is when the event comes; the numbers are what the peer uses. */
  enum Setup {
    CLOSED(0, 0, 0),
    LISTEN(0, 0, 0),
    SYN_SENT(0, 0, 1),
    SYN_RECEIVED(1, 0, 1),
    ESTABLISHED(1, 501, 1501),
    FIN_WAIT_1(1, 501, 502),
    FIN_WAIT_2(1, 502, 502),
    FIN_WAIT_2_CLOSED(1, 502, 502),
    CLOSE_WAIT(2, 501, 1501),
    CLOSING(2, 501, 502),
    LAST_ACK(2, 501, 502),
    TIME_WAIT(2, 502, 502);

    /** What the peer sends next, what we have unacknowledged, what we send next. */
    final long peer;

    final long una;
    final long next;

    Setup(long peer, long una, long next) {
      this.peer = peer;
      this.una = una;
      this.next = next;
    }

    boolean hasConnection() {
      return this != CLOSED && this != LISTEN;
    }

    /** Whether the application still holds it. */
    boolean isHeld() {
      return hasConnection()
          && this != SYN_RECEIVED
          && this != FIN_WAIT_2_CLOSED
          && this != TIME_WAIT;
    }

    Transcript play() {
      Transcript t = new Transcript(Transcript.config().synRetries(2).synAckRetries(2));
      switch (this) {
        case CLOSED:
          return t;
        case LISTEN:
          return t.listen();
        case SYN_SENT:
          t.app.connection = t.stack.connect(0, 0, Transcript.PEER_ADDRESS, t.peerPort, t.app);
          return t.out("S 0 sackOK ws *");
        case SYN_RECEIVED:
          return t.listen().in("S 0 mss 1460").out("S. 0 ack 1");
        default:
          t.established().write(500).out("P. 1:501 ack 1").in(". 1 ack 501");
          synchronizedState(t);
          return t;
      }
    }

    private void synchronizedState(Transcript t) {
      if (this == CLOSE_WAIT || this == LAST_ACK) {
        t.in("F. 1 ack 501").out(". 501 ack 2");
      }
      if (this == ESTABLISHED || this == CLOSE_WAIT) {
        t.write(1000).drain();
      } else {
        t.connection().shutdownOutput();
        t.out("F. 501");
      }
      if (this == FIN_WAIT_2_CLOSED) {
        t.connection().close();
      }
      if (this == FIN_WAIT_2 || this == FIN_WAIT_2_CLOSED) {
        t.in(". 1 ack 502");
      } else if (this == CLOSING) {
        t.in("F. 1 ack 501").out(". 502 ack 2");
      } else if (this == TIME_WAIT) {
        t.in("F. 1 ack 502").out(". 502 ack 2");
      }
      t.nothing();
    }
  }

  /** What happens; returns why it cannot, or null when it did. */
  enum Event {
    SYN,
    SYN_ACK,
    ACK,
    ACK_OLD,
    ACK_FUTURE,
    NO_FLAGS,
    DATA,
    DATA_OUT_OF_ORDER,
    DATA_OUT_OF_WINDOW,
    FIN,
    FIN_ACK_OF_ALL,
    RST,
    RST_IN_WINDOW,
    RST_OUT_OF_WINDOW,
    RETRANSMISSION_TIMEOUT,
    RETRANSMISSIONS_EXHAUSTED,
    PERSIST_TIMEOUT,
    KEEPALIVE_TIMEOUT,
    TIME_WAIT_TIMEOUT,
    FIN_WAIT_2_TIMEOUT,
    OPEN,
    SEND,
    RECEIVE,
    SHUTDOWN,
    CLOSE,
    ABORT,
    ICMP_HARD,
    ICMP_SOFT,
    ICMP_TOO_BIG;

    String play(Transcript t, Setup s) {
      if (ordinal() <= RST_OUT_OF_WINDOW.ordinal()) {
        t.in(segment(s));
        return null;
      }
      if (ordinal() >= ICMP_HARD.ordinal()) {
        int code = this == ICMP_HARD ? 3 : this == ICMP_SOFT ? 1 : 4;
        t.raw(LinkLayerTest.unreachable(t, code, 1000, s.una));
        return null;
      }
      return ordinal() < OPEN.ordinal() ? timeout(t, s) : call(t, s);
    }

    private String segment(Setup s) {
      long seq = s.peer;
      String ack = " ack " + s.next;
      boolean first = s == Setup.SYN_SENT || !s.hasConnection();
      switch (this) {
        case SYN:
          return "S " + (first ? 0 : seq + 1_000) + " mss 1460";
        case SYN_ACK:
          return "S. " + (first ? 0 : seq + 100_000) + ack + " mss 1460";
        case ACK:
          return ". " + seq + ack;
        case ACK_OLD:
          return ". " + seq + " ack " + (s.next > 500 ? 100 : 0);
        case ACK_FUTURE:
          return ". " + seq + " ack " + (s.next + 1000);
        case NO_FLAGS:
          return "P " + seq + ":" + (seq + 10);
        case DATA:
          return "P. " + seq + ":" + (seq + 100) + ack;
        case DATA_OUT_OF_ORDER:
          return "P. " + (seq + 100) + ":" + (seq + 200) + ack;
        case DATA_OUT_OF_WINDOW:
          return "P. " + (seq + FAR) + ":" + (seq + FAR + 100) + ack;
        case FIN:
          return "F. " + seq + " ack " + s.una;
        case FIN_ACK_OF_ALL:
          return "F. " + seq + ack;
        case RST:
          return s == Setup.SYN_SENT ? "R. 0 ack 1" : "R " + seq;
        case RST_IN_WINDOW:
          return s == Setup.SYN_SENT ? "R. 0 ack 5" : "R " + (seq + 10);
        default:
          return s == Setup.SYN_SENT ? "R 0" : "R " + (seq + FAR);
      }
    }

    private String timeout(Transcript t, Setup s) {
      switch (this) {
        case RETRANSMISSION_TIMEOUT:
          t.after(s.next <= 1 ? 1_010 : 230);
          return null;
        case RETRANSMISSIONS_EXHAUSTED:
          t.wire.fromStack.clear();
          // Timers that end the wait of a state by themselves have rows of their own.
          if (s == Setup.FIN_WAIT_2_CLOSED || s == Setup.TIME_WAIT) {
            return "nothing is outstanding";
          }
          for (int i = 0; i < 40; i++) {
            t.after(60_000);
            t.drain();
          }
          return null;
        case PERSIST_TIMEOUT:
          if (s != Setup.ESTABLISHED && s != Setup.CLOSE_WAIT) {
            return "nothing can wait for a window";
          }
          t.in(". " + s.peer + " ack " + s.next + " win 0");
          t.write(100).nothing().after(250);
          return null;
        case KEEPALIVE_TIMEOUT:
          if (!s.isHeld() || s == Setup.SYN_SENT) {
            return "keep-alive is of connections that are open and held";
          }
          t.connection().keepAlive(true, 10, 1, 2);
          if (s == Setup.ESTABLISHED || s == Setup.CLOSE_WAIT) {
            t.in(". " + s.peer + " ack " + s.next);
          }
          t.after(9_900).drain();
          t.after(200);
          return null;
        case TIME_WAIT_TIMEOUT:
          if (s != Setup.TIME_WAIT) {
            return "the timer runs in TIME_WAIT only";
          }
          t.after(60_100);
          return null;
        default:
          if (s != Setup.FIN_WAIT_2_CLOSED) {
            return "the timer runs once the application has closed";
          }
          t.after(60_100);
          return null;
      }
    }

    private String call(Transcript t, Setup s) {
      if (this == OPEN) {
        int local = s == Setup.SYN_SENT ? t.connection().localPort() : t.stackPort;
        t.stack.connect(0, local, Transcript.PEER_ADDRESS, t.peerPort, t.app);
        return null;
      }
      if (this == CLOSE && s == Setup.LISTEN) {
        t.listener.close();
        return null;
      }
      if (t.app.connection == null) {
        return s == Setup.SYN_RECEIVED
            ? "the application does not have it yet"
            : "there is no connection to call";
      }
      switch (this) {
        case SEND:
          t.connection().sendBytes(t.scratch2, 0);
          t.write(100);
          return null;
        case RECEIVE:
          t.connection().receive(t.scratch2, 100);
          return null;
        case SHUTDOWN:
          t.connection().shutdownOutput();
          return null;
        case CLOSE:
          t.connection().close();
          return null;
        default:
          t.connection().abort();
          return null;
      }
    }
  }

  /** The states that are occupied, LISTEN and CLOSED where none is. */
  static String states(Transcript t) {
    StringBuilder text = new StringBuilder();
    for (TcpState state : TcpState.values()) {
      if (t.stack.counters().connections(state) > 0) {
        text.append(text.length() == 0 ? "" : "+").append(state);
      }
    }
    if (text.length() == 0) {
      text.append(t.listener == null || ((Listener) t.listener).closed ? "CLOSED" : "LISTEN");
    }
    return text.toString();
  }

  /** Plays one pair; returns "next state | answers | counters", or "n/a: reason". */
  static String outcome(Setup setup, Event event) {
    try (Transcript t = setup.play()) {
      CounterDiff counters = new CounterDiff(t);
      String thrown = "";
      try {
        String reason = event.play(t, setup);
        if (reason != null) {
          return "n/a: " + reason;
        }
      } catch (StackException e) {
        thrown = e.reason() + " ";
      }
      t.run();
      StringBuilder answers = new StringBuilder(thrown);
      byte[] frame;
      String last = "";
      while ((frame = t.wire.fromStack.poll()) != null) {
        Notation n = t.dissect(frame);
        if (n.flags == (TcpHeader.RST | TcpHeader.ACK) && (int) n.sequence + t.stackSequence == 0) {
          // A reset in answer to what acknowledged nothing has no number of ours.
          n.sequence = 0;
          n.end = 0;
        }
        String answer = n.brief();
        // An ACK that tells of another window only is not the matter here.
        answers.append(answer.equals(last) ? "" : answer + ", ");
        last = answer;
      }
      String closed = t.app.closed == null ? "" : " (" + t.app.closed + ")";
      String sent = answers.toString().replaceAll("[, ]+$", "");
      return states(t) + closed + " | " + (sent.isEmpty() ? "-" : sent) + " | " + counters;
    }
  }
}
