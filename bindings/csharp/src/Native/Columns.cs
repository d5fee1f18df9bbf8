using System;
using System.Collections.Generic;
using System.Collections.ObjectModel;
using System.Linq;
using System.Text;

namespace Dmerp.Native
{
    /// <summary>The names of the fields of a batch of records, and their places.</summary>
    internal sealed class Columns
    {
        private readonly Dictionary<string, int> places = new Dictionary<string, int>();

        internal Columns(IEnumerable<string> names)
        {
            Names = names.ToArray();
            List = new ReadOnlyCollection<string>(Names);
            for (var i = 0; i < Names.Length; i++)
            {
                places.Add(Names[i], i);
            }
        }

        internal string[] Names { get; }

        /// <summary>The same, for those who must not change it.</summary>
        internal IReadOnlyList<string> List { get; }

        /// <summary>Those of some names, each ended by a NUL; the same as before, if they are.</summary>
        internal static Columns Of(byte[] names, Columns? before)
        {
            var all = Encoding.UTF8.GetString(names).Split('\0');
            Array.Resize(ref all, all.Length - 1);
            return before != null && before.Names.SequenceEqual(all) ? before : new Columns(all);
        }

        internal bool TryGet(string name, out int place) => places.TryGetValue(name, out place);
    }
}
