package dev.twinpath.userstack.stack;

import dev.twinpath.nic.packet.Memory;
import java.io.ByteArrayOutputStream;

/** Keeps everything that a connection is told. */
public class TestHandler implements ConnectionHandler {
  public TcpConnection connection;
  public final ByteArrayOutputStream received = new ByteArrayOutputStream();
  public boolean connected;
  public boolean remoteClosed;
  public CloseCause closed;
  public int closedCalls;
  public int dataEnds;
  public int writables;

  /** Most bytes that onData takes; the rest stays in the stack. */
  public int take = Integer.MAX_VALUE;

  @Override
  public void onConnected() {
    connected = true;
  }

  @Override
  public int onData(long address, int length) {
    int count = Math.min(length, take);
    received.writeBytes(Memory.toArray(address, count));
    return count;
  }

  @Override
  public void onDataEnd() {
    dataEnds++;
  }

  @Override
  public void onRemoteClosed() {
    remoteClosed = true;
  }

  @Override
  public void onWritable() {
    writables++;
  }

  @Override
  public void onClosed(CloseCause cause) {
    closed = cause;
    closedCalls++;
  }
}
