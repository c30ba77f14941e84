package dev.twinpath.server.http;

import dev.twinpath.server.content.OpenFile;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.AbstractReferenceCounted;

/**
 * The plain 200 for one file, kept ready by one event loop with the file: the head, and behind it
 * the body where that is small and leaves as bytes. Only the Date has to be written once a second.
 * Belongs to its loop; the last reference may be released anywhere.
 */
final class ReadyResponse extends AbstractReferenceCounted {
  /**
   * Up to here one copy a second and loop is cheaper than a second buffer in every write; beyond it
   * the body is shared.
   */
  private static final int INLINE_BYTES = 4096;

  private final boolean inline;
  private final int dateIndex;
  private final String tag;
  private ByteBuf wire;
  private long second;

  private ReadyResponse(boolean inline, String tag, ByteBuf wire, int dateIndex, long second) {
    this.inline = inline;
    this.tag = tag;
    this.wire = wire;
    this.dateIndex = dateIndex;
    this.second = second;
  }

  /**
   * The response for a file, from the loop's slot with it or new.
   *
   * @param asBytes true if the body may leave as bytes in memory
   */
  static ReadyResponse of(
      OpenFile file, int slot, boolean asBytes, ByteBufAllocator allocator, ServerClock clock) {
    ReadyResponse ready = (ReadyResponse) file.slot(slot);
    if (ready == null) {
      ready = make(file, asBytes, allocator, clock);
      file.slot(slot, ready);
    }
    return ready;
  }

  private static ReadyResponse make(
      OpenFile file, boolean asBytes, ByteBufAllocator allocator, ServerClock clock) {
    boolean inline = asBytes && file.bytes() != null && file.size() <= INLINE_BYTES;
    String tag = EntityTags.of(file.stamp());
    ResponseHead head =
        new ResponseHead(allocator, inline ? (int) file.size() : 0, HttpStatus.OK, clock)
            .field("Content-Type", MediaTypes.of(file.path()))
            .field("Content-Length", file.size())
            .field("Last-Modified", HttpDate.format(file.stamp().modifiedSeconds()))
            .field("ETag", tag)
            .field("Accept-Ranges", "bytes");
    ByteBuf wire = head.end();
    if (inline) {
      wire.writeBytes(file.bytes(), 0, (int) file.size());
    }
    return new ReadyResponse(inline, tag, wire, head.dateIndex(), clock.second());
  }

  /** The file's entity tag. */
  String tag() {
    return tag;
  }

  /** True if {@link #take} has the body in it. */
  boolean inline() {
    return inline;
  }

  /** The bytes to write now, with the Date of now; the caller releases them. */
  ByteBuf take(ServerClock clock) {
    if (clock.second() != second) {
      if (wire.refCnt() > 1) {
        // Still on its way to a slow client: that one keeps the old date.
        ByteBuf copy = wire.copy();
        wire.release();
        wire = copy;
      }
      wire.setBytes(dateIndex, clock.date());
      second = clock.second();
    }
    return wire.retainedDuplicate();
  }

  @Override
  protected void deallocate() {
    wire.release();
  }

  @Override
  public ReadyResponse touch(Object hint) {
    return this;
  }
}
