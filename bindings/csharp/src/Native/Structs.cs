using System;
using System.Runtime.InteropServices;

namespace Dmerp.Native
{
    // The structs of dmerp.h, under their names there. Native code sets the fields.
#pragma warning disable 649

    [StructLayout(LayoutKind.Sequential)]
    internal struct dmerp_buffer
    {
        internal IntPtr Data;
        internal UIntPtr Len;
        internal IntPtr Owner;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct dmerp_attribute
    {
        internal IntPtr Name;
        internal IntPtr Value;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct dmerp_value
    {
        internal int Kind;
        internal int Scale;
        internal long Integer;
        internal double Real;
        internal IntPtr Text;
        internal UIntPtr Len;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct dmerp_field
    {
        internal IntPtr Name;
        internal dmerp_value Value;
        internal IntPtr Attributes;
        internal UIntPtr AttributesLen;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct dmerp_record
    {
        internal IntPtr Table;
        internal IntPtr Element;
        internal int Status;
        internal ulong Number;
        internal ulong Line;
        internal IntPtr Fields;
        internal UIntPtr FieldsLen;
        internal IntPtr Attributes;
        internal UIntPtr AttributesLen;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct dmerp_rows
    {
        internal IntPtr Table;
        internal ulong First;
        internal UIntPtr Count;
        internal UIntPtr Columns;
        internal IntPtr Names;
        internal UIntPtr NamesLen;
        internal IntPtr Values;
        internal UIntPtr ValuesLen;
        internal IntPtr Statuses;
        internal IntPtr Lines;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct dmerp_mistake
    {
        internal ulong Line;
        internal IntPtr Table;
        internal ulong Record;
        internal IntPtr Field;
        internal IntPtr What;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct dmerp_packet
    {
        internal IntPtr Id;
        internal IntPtr ReceiptHandle;
        internal IntPtr Url;
        internal IntPtr MobileUser;
        internal IntPtr CompanyId;
        internal IntPtr AppCode;
        internal IntPtr PacketType;
        internal IntPtr OnDate;
        internal long Size;
        internal IntPtr Other;
        internal UIntPtr OtherLen;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct dmerp_receipt
    {
        internal IntPtr Id;
        internal IntPtr ReceiptHandle;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct dmerp_unreadable
    {
        internal UIntPtr Place;
        internal IntPtr Reason;
        internal IntPtr Id;
        internal IntPtr ReceiptHandle;
        internal IntPtr Url;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct dmerp_progress
    {
        internal ulong Done;
        internal ulong Total;
        internal ulong Packets;
        internal ulong PacketsTotal;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct dmerp_totals
    {
        internal ulong Lists;
        internal ulong Listed;
        internal ulong HandedOver;
        internal ulong Bytes;
        internal ulong Done;
        internal ulong Marked;
        internal ulong Repeated;
        internal ulong DeadLettered;
        internal ulong Left;
        internal ulong HiddenMs;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct dmerp_left
    {
        internal IntPtr Id;
        internal IntPtr MobileUser;
        internal int Why;
        internal int Status;
        internal IntPtr Reason;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct dmerp_stats
    {
        internal ulong Requests;
        internal ulong Retries;
        internal ulong BytesSent;
        internal ulong BytesReceived;
        internal ulong ConnectionsOpened;
        internal ulong PacketsPushed;
        internal ulong PacketsReceived;
        internal ulong PacketsDone;
        internal ulong Unmarked;
        internal ulong OldestUnmarkedAt;
        internal ulong LastCheckAt;
        internal ulong LastPushAt;
        internal ulong LastPullAt;
        internal ulong LastLinkAt;
        internal ulong LastDownloadAt;
        internal ulong LastDoneAt;
    }
}
