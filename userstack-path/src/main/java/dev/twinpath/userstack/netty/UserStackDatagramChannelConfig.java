package dev.twinpath.userstack.netty;

import static io.netty.channel.ChannelOption.IP_MULTICAST_TTL;
import static io.netty.channel.ChannelOption.IP_TOS;
import static io.netty.channel.ChannelOption.SO_BROADCAST;
import static io.netty.channel.ChannelOption.SO_RCVBUF;
import static io.netty.channel.ChannelOption.SO_REUSEADDR;
import static io.netty.channel.ChannelOption.SO_SNDBUF;

import dev.twinpath.userstack.udp.UdpSocket;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.socket.DatagramChannelConfig;
import java.net.InetAddress;
import java.net.NetworkInterface;

/**
 * The options of a {@link UserStackDatagramChannel}: those of every channel, and SO_BROADCAST,
 * SO_RCVBUF, SO_SNDBUF, SO_REUSEADDR, IP_TOS, IP_MULTICAST_TTL, {@link
 * UserStackChannelOption#IP_TTL} and {@link UserStackChannelOption#IP_DONT_FRAGMENT}. Others are
 * refused: {@link #setOption} returns false.
 *
 * <p>A datagram that is longer than the buffers of the receive allocator, 2048 bytes unless another
 * is set, is cut, as with every transport of Netty.
 */
public final class UserStackDatagramChannelConfig
    extends AbstractUserStackConfig<UserStackDatagramChannelConfig>
    implements DatagramChannelConfig {
  private static final int RECEIVE_BUFFER = 2048;

  private static final OptionTable<UserStackDatagramChannelConfig> TABLE =
      new OptionTable<UserStackDatagramChannelConfig>()
          .add(
              SO_BROADCAST,
              UserStackDatagramChannelConfig::isBroadcast,
              UserStackDatagramChannelConfig::setBroadcast)
          .add(
              SO_RCVBUF,
              UserStackDatagramChannelConfig::getReceiveBufferSize,
              UserStackDatagramChannelConfig::setReceiveBufferSize)
          .add(
              SO_SNDBUF,
              UserStackDatagramChannelConfig::getSendBufferSize,
              UserStackDatagramChannelConfig::setSendBufferSize)
          .add(
              SO_REUSEADDR,
              UserStackDatagramChannelConfig::isReuseAddress,
              UserStackDatagramChannelConfig::setReuseAddress)
          .add(
              IP_TOS,
              UserStackDatagramChannelConfig::getTrafficClass,
              UserStackDatagramChannelConfig::setTrafficClass)
          .add(
              IP_MULTICAST_TTL,
              UserStackDatagramChannelConfig::getTimeToLive,
              UserStackDatagramChannelConfig::setTimeToLive)
          .add(
              UserStackChannelOption.IP_TTL,
              UserStackDatagramChannelConfig::getUnicastTimeToLive,
              UserStackDatagramChannelConfig::setUnicastTimeToLive)
          .add(
              UserStackChannelOption.IP_DONT_FRAGMENT,
              UserStackDatagramChannelConfig::isDontFragment,
              UserStackDatagramChannelConfig::setDontFragment);

  private final UserStackDatagramChannel owner;
  private volatile int receiveBuffer = UdpSocket.DEFAULT_BUFFER;
  private volatile int sendBuffer = UdpSocket.DEFAULT_BUFFER;
  private volatile int trafficClass;
  private volatile int groupTimeToLive = 1;
  private volatile int timeToLive = 64;
  private volatile boolean broadcast;
  private volatile boolean reuseAddress;
  private volatile boolean dontFragment;

  UserStackDatagramChannelConfig(UserStackDatagramChannel channel) {
    super(channel, new FixedRecvByteBufAllocator(RECEIVE_BUFFER));
    owner = channel;
  }

  @Override
  OptionTable<UserStackDatagramChannelConfig> table() {
    return TABLE;
  }

  private UserStackDatagramChannelConfig changed() {
    later(this::applyNow);
    return this;
  }

  private void applyNow() {
    UdpSocket socket = owner.socket();
    if (socket != null && socket.isOpen()) {
      apply(socket);
    }
  }

  /** Gives a socket everything that was set. */
  void apply(UdpSocket socket) {
    socket.receiveBuffer(receiveBuffer);
    socket.sendBuffer(sendBuffer);
    socket.trafficClass(trafficClass);
    socket.multicastTimeToLive(groupTimeToLive);
    socket.timeToLive(timeToLive);
    socket.broadcast(broadcast);
    socket.reuseAddress(reuseAddress);
    socket.dontFragment(dontFragment);
  }

  @Override
  protected void autoReadCleared() {
    owner.clearReadPending();
  }

  private static int check(String what, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(what + ": " + value + " is not in " + least + ".." + most);
    }
    return value;
  }

  @Override
  public int getReceiveBufferSize() {
    return receiveBuffer;
  }

  /** Bytes of datagrams that may wait in the stack; one fits in any case. */
  @Override
  public UserStackDatagramChannelConfig setReceiveBufferSize(int bytes) {
    receiveBuffer = check("SO_RCVBUF", bytes, 0, Integer.MAX_VALUE);
    return changed();
  }

  @Override
  public int getSendBufferSize() {
    return sendBuffer;
  }

  /** Bytes that may wait for the NIC; one datagram fits in any case. */
  @Override
  public UserStackDatagramChannelConfig setSendBufferSize(int bytes) {
    sendBuffer = check("SO_SNDBUF", bytes, 0, Integer.MAX_VALUE);
    return changed();
  }

  @Override
  public int getTrafficClass() {
    return trafficClass;
  }

  @Override
  public UserStackDatagramChannelConfig setTrafficClass(int value) {
    trafficClass = check("IP_TOS", value, 0, 255);
    return changed();
  }

  @Override
  public boolean isReuseAddress() {
    return reuseAddress;
  }

  /** Lets channels of one loop that all ask for it share a port; to be set before bind. */
  @Override
  public UserStackDatagramChannelConfig setReuseAddress(boolean reuse) {
    reuseAddress = reuse;
    return changed();
  }

  @Override
  public boolean isBroadcast() {
    return broadcast;
  }

  @Override
  public UserStackDatagramChannelConfig setBroadcast(boolean on) {
    broadcast = on;
    return changed();
  }

  /** Whether datagrams are refused rather than cut into fragments. */
  public boolean isDontFragment() {
    return dontFragment;
  }

  /** See {@link UserStackChannelOption#IP_DONT_FRAGMENT}. */
  public UserStackDatagramChannelConfig setDontFragment(boolean on) {
    dontFragment = on;
    return changed();
  }

  /** Hops of what is sent to one host. */
  public int getUnicastTimeToLive() {
    return timeToLive;
  }

  /** See {@link UserStackChannelOption#IP_TTL}. */
  public UserStackDatagramChannelConfig setUnicastTimeToLive(int hops) {
    timeToLive = check("IP_TTL", hops, 1, 255);
    return changed();
  }

  /** Hops of what is sent to a group. */
  @Override
  public int getTimeToLive() {
    return groupTimeToLive;
  }

  @Override
  public UserStackDatagramChannelConfig setTimeToLive(int hops) {
    groupTimeToLive = check("IP_MULTICAST_TTL", hops, 0, 255);
    return changed();
  }

  /** What is sent to a group never comes back to this host. */
  @Override
  public boolean isLoopbackModeDisabled() {
    return true;
  }

  /** There is no loopback to switch on. */
  @Override
  public UserStackDatagramChannelConfig setLoopbackModeDisabled(boolean disabled) {
    if (!disabled) {
      throw new UnsupportedOperationException("the stack has no loopback");
    }
    return this;
  }

  /** Null: a stack has one link. */
  @Override
  public InetAddress getInterface() {
    return null;
  }

  /** A stack has one link, which is not an interface of this machine. */
  @Override
  public UserStackDatagramChannelConfig setInterface(InetAddress address) {
    throw new UnsupportedOperationException("the stack has one link");
  }

  /** Null: a stack has one link. */
  @Override
  public NetworkInterface getNetworkInterface() {
    return null;
  }

  /** A stack has one link, which is not an interface of this machine. */
  @Override
  public UserStackDatagramChannelConfig setNetworkInterface(NetworkInterface networkInterface) {
    throw new UnsupportedOperationException("the stack has one link");
  }
}
